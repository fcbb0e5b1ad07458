#include "actors/running_requests.hpp"

#include <sodium.h>

#include <cstring>
#include <type_traits>

namespace sluice::actors {

namespace {

using std::chrono::milliseconds;

static_assert(crypto_shorthash_KEYBYTES == 16);

std::string sql_of(const job& work) {
  if (const auto* query = std::get_if<codec::query_request>(&work.body))
    return query->queries.empty()
               ? std::string{}
               : services::running_excerpt(query->queries.front().sql);
  if (const auto* script = std::get_if<codec::exec_request>(&work.body))
    return services::running_excerpt(script->sql);
  if (const auto* request = std::get_if<services::service_request>(&work.body))
    return std::string{request->operation->name};
  return {};
}

std::string_view kind_of(const job& work, bool is_write) {
  if (is_write)
    return "write";
  if (std::holds_alternative<services::dump_database>(work.body))
    return "dump";
  return work.reply.is_stream() ? "stream" : "read";
}

} // namespace

running_requests::running_requests(const open_databases& databases,
                                   const read_queue& queue)
    : databases_{databases}, queue_{queue} {
  randombytes_buf(key_.data(), key_.size());
}

std::vector<read_queue::running_read>
running_requests::find(const open_database& database) const {
  auto result = queue_.running(database);
  if (auto write = database.write.look(); write.work)
    result.push_back({std::move(write.work), write.started});
  return result;
}

std::string running_requests::id_of(const read_queue::running_read& run) const {
  // A job that has another's place in memory began at another time.
  struct {
    const job* work;
    std::int64_t started;
  } const known{run.work.get(), run.started.time_since_epoch().count()};
  static_assert(std::has_unique_object_representations_v<decltype(known)>);
  auto bytes = std::array<unsigned char, sizeof(known)>{};
  std::memcpy(bytes.data(), &known, sizeof(known));
  auto hash = std::array<unsigned char, crypto_shorthash_BYTES>{};
  crypto_shorthash(hash.data(), bytes.data(), bytes.size(), key_.data());
  auto text = std::array<char, crypto_shorthash_BYTES * 2 + 1>{};
  return sodium_bin2hex(text.data(), text.size(), hash.data(), hash.size());
}

codec::result<void>
running_requests::check_known(std::string_view database_name) const {
  if (databases_.is_known(database_name))
    return {};
  return std::unexpected{databases_.refusal(open_databases::outcome::unknown,
                                            std::string{database_name})};
}

codec::result<std::string>
running_requests::list(std::string_view database_name) const {
  if (auto known = check_known(database_name); !known)
    return std::unexpected{std::move(known.error())};
  const auto database = databases_.find(database_name);
  // One that is not open has nothing that runs.
  if (!database)
    return services::encode_running({}, 0);
  const auto now = read_queue::clock::now();
  auto listed = std::vector<services::running_request>{};
  for (const auto& run : find(*database))
    listed.push_back(
        {.id = id_of(run),
         .sql = sql_of(*run.work),
         .ran = std::chrono::duration_cast<milliseconds>(now - run.started),
         .kind = kind_of(*run.work, run.work->route == job_route::writer),
         .is_waiting = run.work->is_stalled.load()});
  const auto accepted = database->admitted.requests();
  return services::encode_running(
      listed, accepted - std::min<std::uint64_t>(accepted, listed.size()));
}

codec::result<void> running_requests::cancel(std::string_view database_name,
                                             std::string_view id) const {
  if (auto known = check_known(database_name); !known)
    return known;
  if (const auto database = databases_.find(database_name))
    for (const auto& run : find(*database))
      if (id_of(run) == id) {
        run.work->cancelled.ask(cancel_reason::asked);
        return {};
      }
  return codec::fail(codec::error_code::not_found,
                     "no request with this id runs for the database '"
                         + std::string{database_name}
                         + "': it may be done, or be waiting still");
}

} // namespace sluice::actors
