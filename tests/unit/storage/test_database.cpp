#include "tests/unit/storage/test_database.hpp"

#include <catch2/catch_test_macros.hpp>
#include <simdjson.h>
#include <sqlite3.h>

#include <stdexcept>
#include <utility>

namespace sluice::storage {

namespace {

constexpr auto uuid = std::string_view{"0190f5a0-0000-4000-8000-000000000001"};

template <class T>
T required(codec::result<T> made) {
  if (!made)
    throw std::runtime_error(made.error().message);
  return std::move(*made);
}

} // namespace

std::string answer::failure() const {
  return failure_of(done);
}

std::string answer::at(const std::string& pointer) const {
  auto parser = simdjson::dom::parser{};
  auto document = simdjson::dom::element{};
  if (parser.parse(body).get(document) != simdjson::SUCCESS)
    throw std::runtime_error("the reply is no JSON: " + body);
  auto found = simdjson::dom::element{};
  if (document.at_pointer(pointer).get(found) != simdjson::SUCCESS)
    return "absent";
  return simdjson::minify(found);
}

std::int64_t answer::meta(const std::string& name) const {
  const auto first = body.starts_with('[') ? "/0" : "";
  return std::stoll(at(first + ("/meta/" + name)));
}

std::string answer::results() const {
  constexpr auto head = std::string_view{R"({"success":true,"results":)"};
  const auto tail = body.rfind(R"(,"meta":{)");
  if (!body.starts_with(head) || tail == std::string::npos)
    return "no reply to one statement: " + (done ? body : failure());
  return body.substr(head.size(), tail - head.size());
}

connection_options writer_options() {
  auto result = connection_options{};
  result.access = access::writer;
  result.creates = true;
  // No test here pulls the plug, and many commit.
  result.durability = config::durability::normal;
  return result;
}

codec::query_request request(std::string sql, codec::parameters params,
                             codec::results_format format) {
  auto result = codec::query_request{};
  result.queries.push_back({std::move(sql), std::move(params)});
  result.format = format;
  return result;
}

codec::query_request batch(const std::vector<std::string>& texts) {
  auto result = codec::query_request{};
  result.is_batch = true;
  for (const auto& sql : texts)
    result.queries.push_back({sql, {}});
  return result;
}

std::string look_into(const std::string& path, const std::string& sql) {
  sqlite3* raw = nullptr;
  const auto opened
      = sqlite3_open_v2(path.c_str(), &raw, SQLITE_OPEN_READWRITE, nullptr);
  const auto handle = connection_handle{raw};
  if (opened != SQLITE_OK)
    throw std::runtime_error("cannot open " + path);
  sqlite3_stmt* statement = nullptr;
  if (sqlite3_prepare_v2(raw, sql.c_str(), -1, &statement, nullptr)
      != SQLITE_OK)
    throw std::runtime_error(sqlite3_errmsg(raw));
  const auto owner = statement_handle{statement};
  if (sqlite3_step(statement) != SQLITE_ROW)
    return {};
  const auto* text
      = reinterpret_cast<const char*>(sqlite3_column_text(statement, 0));
  return text != nullptr ? text : "NULL";
}

test_database::test_database(const connection_options& options)
    : path_{(folder_.path() / "test.sqlite").string()},
      writer_{required(connection::open(path_, options))},
      transaction_{std::make_unique<write_transaction>(
          required(write_transaction::open(*writer_, uuid)))},
      writer_executor_{std::make_unique<executor>(*writer_, "test")} {
  auto reader_options = options;
  reader_options.access = access::reader;
  reader_ = required(connection::open(path_, reader_options));
  reader_executor_ = std::make_unique<executor>(*reader_, "test");
}

template <class Run>
answer test_database::run_as_writer(Run run) {
  auto out = codec::json_writer{};
  if (auto begun = transaction_->begin(); !begun)
    return {std::unexpected{begun.error()}, {}};
  if (auto begun = transaction_->begin_request(); !begun)
    return {std::unexpected{begun.error()}, {}};
  auto done = codec::result<execution>{run(out)};
  if (done)
    if (auto kept = transaction_->keep_request(); !kept)
      done = std::unexpected{kept.error()};
  if (done)
    if (auto committed = transaction_->commit(done->changed_db); !committed)
      done = std::unexpected{committed.error()};
  if (!done) {
    if (!transaction_->is_lost())
      if (auto undone = transaction_->undo_request(); !undone)
        throw std::runtime_error(undone.error().message);
    transaction_->roll_back();
    return {std::move(done), {}};
  }
  return {std::move(done), out.take()};
}

answer test_database::write(const codec::query_request& request) {
  return run_as_writer([&](codec::json_writer& out) {
    return writer_executor_->run_query(request, limits, out);
  });
}

answer test_database::write(std::string_view sql,
                            codec::positional_parameters params) {
  return write(request(std::string{sql}, std::move(params)));
}

answer test_database::exec(std::string_view sql) {
  const auto script = codec::exec_request{std::string{sql}};
  return run_as_writer([&](codec::json_writer& out) {
    return writer_executor_->run_script(script, limits, out);
  });
}

answer test_database::read(const codec::query_request& request) {
  auto out = codec::json_writer{};
  auto done = reader_executor_->run_query(request, limits, out);
  return {std::move(done), out.take()};
}

answer test_database::read(std::string_view sql,
                           codec::positional_parameters params) {
  return read(request(std::string{sql}, std::move(params)));
}

void run(test_database& database, std::string_view sql) {
  const auto done = database.exec(sql);
  INFO(done.failure());
  REQUIRE(done.done);
}

} // namespace sluice::storage
