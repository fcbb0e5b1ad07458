#include "bench/blog_database.hpp"

#include "bench/blog_text.hpp"
#include "bench/interruption.hpp"

#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <utility>

namespace sluice::bench {

namespace {

constexpr auto patience_ms = std::int64_t{30'000};
constexpr auto posts_per_request = 500u;
constexpr auto posts_per_line = 100'000u;

result<nats_handle<natsMsg>> make_message(const std::string& subject,
                                          const std::string& body,
                                          const std::string& database) {
  auto* raw = static_cast<natsMsg*>(nullptr);
  auto made = check(natsMsg_Create(&raw, subject.c_str(), nullptr, body.data(),
                                   static_cast<int>(body.size())),
                    "making a request");
  auto message = nats_handle<natsMsg>{raw};
  if (made)
    made = check(natsMsgHeader_Set(raw, "Sluice-Database", database.c_str()),
                 "naming the database");
  if (!made)
    return fail(made.error());
  return message;
}

} // namespace

blog_database::blog_database(nats_handle<natsConnection> connection,
                             std::string prefix, std::string name)
    : connection_{std::move(connection)}, prefix_{std::move(prefix)},
      name_{std::move(name)} {
  // nop
}

result<blog_database> blog_database::open(const std::string& url,
                                          std::string prefix,
                                          std::string name) {
  // One request at a time: nothing to gather.
  auto connection = connect(url, true);
  if (!connection)
    return fail(connection.error());
  return blog_database{std::move(*connection), std::move(prefix),
                       std::move(name)};
}

result<std::string> blog_database::call(const std::string& tail,
                                        const std::string& body) {
  const auto message = make_message(prefix_ + "." + tail, body, name_);
  if (!message)
    return fail(message.error());
  auto* raw = static_cast<natsMsg*>(nullptr);
  const auto done
      = check(natsConnection_RequestMsg(&raw, connection_.get(), message->get(),
                                        patience_ms),
              tail);
  const auto reply = nats_handle<natsMsg>{raw};
  if (!done)
    return fail(done.error());
  auto text = std::string{natsMsg_GetData(raw),
                          static_cast<std::size_t>(natsMsg_GetDataLength(raw))};
  if (!text.starts_with(R"({"success":true)"))
    return fail(tail + ": " + text);
  return text;
}

result<void> blog_database::fill(const blog_size& size) {
  const auto found = call("users.list", R"({"limit":1})");
  if (!found)
    return fail(found.error());
  if (!found->contains(R"("total":0)"))
    return fail("the database " + name_ + " has users already");
  auto text = blog_text{size.seed};
  for (auto i = 1u; i <= size.users; ++i)
    if (const auto made = call("users.create", text.user(i)); !made)
      return fail(made.error());
  const auto begun = std::chrono::steady_clock::now();
  for (auto done = 0u; done < size.posts;) {
    if (is_interrupted())
      return fail("interrupted");
    const auto count = std::min(posts_per_request, size.posts - done);
    auto body = std::string{R"({"posts":[)"};
    for (auto i = 0u; i < count; ++i)
      body += (i == 0 ? "" : ",") + text.post(size.users);
    if (const auto made = call("posts.bulk_create", body + "]}"); !made)
      return fail(made.error());
    done += count;
    if (done % posts_per_line == 0 || done == size.posts) {
      const auto seconds = std::chrono::duration<double>(
                               std::chrono::steady_clock::now() - begun)
                               .count();
      static_cast<void>(
          std::fputs(fmt::format("{} posts, {:.0f} a second\n", done,
                                 static_cast<double>(done) / seconds)
                         .c_str(),
                     stderr));
    }
  }
  return {};
}

} // namespace sluice::bench
