#include "tests/actors/deterministic_system.hpp"

#include <catch2/catch_test_macros.hpp>

namespace sluice::tests {

namespace {

using actors::catalog_actor;

catalog_actor::behavior_type recording_catalog(catalog_actor::pointer,
                                               catalog_log* told) {
  return {
      [told](actors::job_ptr& work) { told->jobs.push_back(std::move(work)); },
      [told](actors::wanted_atom) { ++told->wanted; },
      [told](actors::closed_atom, const std::string& uuid, bool was_open) {
        told->closed.emplace_back(uuid, was_open);
      },
      [told](actors::forgot_atom, const std::string& uuid) {
        told->forgot.push_back(uuid);
      },
      [told](actors::broken_atom, const std::string& uuid,
             const std::string& cause) {
        told->broken.emplace_back(uuid, cause);
      },
      [](actors::failed_atom, const std::string&, const std::string&) {},
      [](actors::opened_atom, const std::string&) {},
      [](actors::expire_atom) {},
      [](actors::sweep_atom) {},
      [](actors::shut_atom) { return true; },
  };
}

} // namespace

deterministic_system::deterministic_system()
    : catalog_{system_.spawn(recording_catalog, &told)} {
  run();
}

deterministic_system::~deterministic_system() {
  for (const auto& database : opened_)
    if (database->writer)
      caf::anon_send(database->writer, actors::shut_atom::value);
  for (const auto& reader : readers_)
    caf::anon_send_exit(reader, caf::exit_reason::user_shutdown);
  run();
  caf::anon_send_exit(catalog_, caf::exit_reason::user_shutdown);
  run();
  // The writer's address keeps the actor, which keeps the database.
  for (const auto& database : opened_)
    database->writer = nullptr;
  queue.close();
}

actors::open_database_ptr deterministic_system::open(const std::string& uuid,
                                                     const std::string& name,
                                                     const std::string& vfs) {
  auto database
      = std::make_shared<actors::open_database>(uuid, name, settings.admission);
  auto connection
      = actors::connection_options_of(settings, storage::access::writer);
  connection.vfs = vfs;
  // There is no catalog to do it.
  connection.creates = true;
  database->writer
      = system_.spawn(actors::make_database_writer,
                      actors::writer_options{.context = context,
                                             .database = database,
                                             .catalog = catalog_,
                                             .connection = connection});
  databases.insert(database);
  opened_.push_back(database);
  return database;
}

void deterministic_system::shut(const actors::open_database_ptr& database) {
  databases.remove(*database);
  caf::anon_send(database->writer, actors::shut_atom::value);
  run();
  database->writer = nullptr;
}

actors::reader_actor deterministic_system::add_reader() {
  auto options
      = actors::reader_options{.context = context,
                               .index = readers_.size(),
                               .connection = actors::connection_options_of(
                                   settings, storage::access::reader)};
  auto reader = system_.spawn(actors::make_reader, options, catalog_);
  queue.add_reader(reader);
  readers_.push_back(reader);
  return reader;
}

void deterministic_system::must_write(const actors::open_database_ptr& database,
                                      const std::string& sql) {
  const auto subject = "must-write-" + std::to_string(++writes_);
  send(database, make_query(subject, sql));
  run();
  const auto reply = sink.only(subject);
  INFO(reply.body);
  REQUIRE(reply.succeeded());
}

} // namespace sluice::tests
