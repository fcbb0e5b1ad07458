#include "tests/actors/queue_fixture.hpp"

#include <utility>

namespace sluice::tests {

namespace {

using actors::reader_actor;

reader_actor::behavior_type logging_reader(reader_actor::pointer,
                                           reader_log* heard,
                                           const std::string& name) {
  return {
      [heard, name](actors::work_atom) { heard->woken.push_back(name); },
      [heard, name](actors::forget_atom, const std::string& uuid) {
        heard->forgetting.push_back(name + " " + uuid);
      },
  };
}

} // namespace

queue_fixture::~queue_fixture() {
  for (const auto& reader : readers)
    caf::anon_send_exit(reader, caf::exit_reason::user_shutdown);
  run();
}

reader_actor queue_fixture::spawn_reader(const std::string& name) {
  readers.push_back(system().spawn(logging_reader, &heard, name));
  return readers.back();
}

void queue_fixture::add_readers(int count) {
  for (auto i = 0; i < count; ++i)
    queue.add_reader(spawn_reader("r" + std::to_string(i)));
}

actors::open_database_ptr
queue_fixture::make_database(const std::string& name) {
  static const auto bounds = config::admission_settings{};
  return std::make_shared<actors::open_database>(name + "-uuid", name, bounds);
}

void queue_fixture::push(const actors::open_database_ptr& database,
                         const std::string& subject,
                         const job_options& options) {
  auto work = make_query(subject, "SELECT 1", options);
  work->database = database->name;
  work->target = database;
  queue.push(std::move(work));
}

std::string queue_fixture::pop(std::size_t index) {
  auto work = queue.pop(index, now);
  if (!work)
    return {};
  const auto name = work->database;
  work->reply.succeed(name);
  return name;
}

actors::job_ptr queue_fixture::begin(std::size_t index) {
  return queue.pop(index, now);
}

actors::read_queue::findings queue_fixture::look() {
  auto found = queue.look(now);
  for (const auto index : found.wanted)
    queue.enlist(index, spawn_reader("r" + std::to_string(index)));
  return found;
}

} // namespace sluice::tests
