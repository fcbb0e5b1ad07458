#include "tests/actors/live_system.hpp"

#include "tests/support/expect.hpp"

#include <catch2/catch_test_macros.hpp>

#include <algorithm>
#include <future>
#include <utility>

namespace sluice::tests {

using actors::catalog_actor;
using actors::reader_actor;

void eventually(const std::function<bool()>& holds) {
  wait_until("what a test waits for", patience, holds);
}

listening_reader::listening_reader(caf::actor_system& system) {
  // An argument, since CAF has undefined behaviour where there is none.
  const auto behave
      = [](reader_actor::pointer,
           listening_reader* self) -> reader_actor::behavior_type {
    return {
        [](actors::work_atom) {},
        [self](actors::forget_atom, const std::string& uuid) {
          const auto guard = std::lock_guard{self->mutex_};
          self->forgetting_.push_back(uuid);
        },
    };
  };
  address_ = system.spawn(behave, this);
}

listening_reader::~listening_reader() {
  // It refers to this.
  auto waiter = caf::scoped_actor{address_.home_system(), true};
  waiter->send_exit(address_, caf::exit_reason::user_shutdown);
  waiter->wait_for(address_);
}

bool listening_reader::was_told_to_forget(const std::string& uuid) const {
  const auto guard = std::lock_guard{mutex_};
  return std::ranges::find(forgetting_, uuid) != forgetting_.end();
}

live_system::~live_system() {
  stop();
}

void live_system::start(std::size_t readers) {
  auto store = storage::catalogue::open(
      directory,
      actors::connection_options_of(settings, storage::access::writer),
      std::chrono::seconds{settings.idempotency.retention_s});
  REQUIRE(store);
  REQUIRE(actors::learn_databases(databases, *store));
  config_ = std::make_unique<config_type>();
  system_ = std::make_unique<caf::actor_system>(*config_);
  const auto promised = std::make_shared<std::promise<catalog_actor>>();
  auto started = promised->get_future();
  root_ = system_->spawn(
      actors::make_supervisor,
      actors::supervisor_options{
          .catalog
          = {context, std::make_shared<storage::catalogue>(std::move(*store))},
          .readers = readers,
          .on_fatal = [this](const std::string&) { ++fatal_reports_; },
          .on_catalog =
              [promised](catalog_actor catalog) {
                promised->set_value(std::move(catalog));
              }});
  catalog_ = started.get();
}

bool live_system::stop(const std::function<void()>& before_threads) {
  if (!system_)
    return true;
  auto is_clean = false;
  {
    auto asker = caf::scoped_actor{*system_, true};
    asker->request(root_, patience, actors::shut_atom::value)
        .receive([&is_clean](bool was_clean) { is_clean = was_clean; },
                 [](const caf::error&) {});
  }
  root_ = nullptr;
  catalog_ = nullptr;
  if (before_threads)
    before_threads();
  system_.reset();
  return is_clean;
}

std::string live_system::next_subject() {
  return "reply-" + std::to_string(++requests_);
}

void live_system::dispatch(actors::job_ptr work) {
  databases.dispatch(std::move(work), catalog_);
}

recorded_reply live_system::ask(actors::job_body body) {
  const auto subject = next_subject();
  dispatch(make_job(subject, std::move(body), {.database = ""}));
  return sink.await(subject);
}

recorded_reply live_system::ask(const std::string& database, std::string sql,
                                actors::job_route route) {
  return sink.await(
      start_query(std::move(sql), {.database = database, .route = route}));
}

void live_system::must(const std::string& database, std::string sql) {
  CAPTURE(database, sql);
  const auto reply = ask(database, std::move(sql));
  INFO(reply.body);
  REQUIRE(reply.succeeded());
}

std::string live_system::start_query(std::string sql,
                                     const job_options& options) {
  auto subject = next_subject();
  dispatch(make_query(subject, std::move(sql), options));
  return subject;
}

std::string live_system::create(const std::string& name) {
  const auto reply = ask(services::create_database{name});
  INFO(reply.body);
  REQUIRE(reply.succeeded());
  constexpr auto key = std::string_view{"\"uuid\":\""};
  const auto at = reply.body.find(key);
  REQUIRE(at != std::string::npos);
  return reply.body.substr(at + key.size(), 36);
}

bool live_system::file_exists(const std::string& uuid) const {
  return std::filesystem::exists(directory.database_path(uuid));
}

} // namespace sluice::tests
