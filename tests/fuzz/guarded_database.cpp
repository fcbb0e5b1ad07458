#include "tests/fuzz/guarded_database.hpp"

#include "storage/letter_case.hpp"
#include "tests/fuzz/database_texts.hpp"
#include "tests/fuzz/finding.hpp"
#include "tests/fuzz/guarding_vfs.hpp"

#include <simdjson.h>
#include <sqlite3.h>

#include <algorithm>
#include <chrono>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <functional>
#include <sstream>

namespace sluice::fuzz {

namespace {

using codec::error_code;
using storage::access;
using storage::connection;

constexpr auto uuid = std::string_view{"0190f5a0-0000-4000-8000-000000000001"};

/// What only a table of Sluice's own holds.
constexpr auto secret = std::string_view{"~not-for-clients-7f3a"};

/// Compares hashes, for libFuzzer learns from what texts are compared with,
/// and would put it into the inputs.
bool tells_secret(std::string_view text) {
  const auto hash = std::hash<std::string_view>{};
  for (auto at = text.find(secret[0]); at != std::string_view::npos;
       at = text.find(secret[0], at + 1))
    if (hash(text.substr(at, secret.size())) == hash(secret))
      return true;
  return false;
}

constexpr auto reply_bytes_max = std::size_t{64} << 10;

/// A caller's patience: what bounds a batch of many slow statements.
constexpr auto patience = std::chrono::milliseconds{150};

/// What of the processor's time that bounds: much more of it may pass where the
/// machine is slow, and a sanitizer at work.
constexpr auto processor_s_max = 1.5;

constexpr auto neighbour_sql
    = std::string_view{"INSERT INTO neighbours(x) VALUES (1)"};

template <class T>
T must(codec::result<T> got, std::string_view what) {
  expect(got.has_value(), what, [&got] { return got.error().message; });
  if constexpr (!std::is_void_v<T>)
    return std::move(*got);
}

storage::connection_options tight_options() {
  auto result = storage::connection_options{};
  result.access = access::writer;
  result.durability = config::durability::normal;
  auto& limits = result.limits;
  limits.sql_bytes_max = 3'000;
  limits.parameters_max = 20;
  limits.columns_max = 50;
  limits.function_arguments_max = 32;
  limits.row_bytes_max = 20'000;
  limits.like_pattern_bytes_max = 50;
  limits.statement_ms_max = 50;
  limits.database_bytes_max = 400'000;
  limits.batch_statements_max = 50;
  result.sqlite.statements_max = 8;
  result.sqlite.cache_bytes_max = 256u << 10;
  result.sqlite.busy_timeout_ms = 100;
  return result;
}

codec::query_request neighbour() {
  auto result = codec::query_request{};
  result.queries.push_back({std::string{neighbour_sql}, {}});
  return result;
}

void expect_equal(std::string_view before, std::string_view now,
                  std::string_view what) {
  expect(before == now, what, [before, now] {
    return "before: " + std::string{before} + "\nnow:    " + std::string{now};
  });
}

std::string all_text(const request& work) {
  if (const auto* script = std::get_if<codec::exec_request>(&work))
    return script->sql;
  auto result = std::string{};
  for (const auto& query : std::get<codec::query_request>(work).queries)
    result += query.sql;
  return result;
}

/// Where there is a PRAGMA, and for an eighth of all else: to list the settings
/// takes SQLite longer than most requests.
bool may_change_settings(const request& work) {
  auto text = all_text(work);
  std::ranges::transform(text, text.begin(), storage::lower_case);
  return text.contains("pragma")
         || std::hash<std::string_view>{}(text) % 8 == 0;
}

/// A reply is one JSON text, an element for each statement of a batch, and says
/// nothing of Sluice's own tables.
void expect_reply(const request& work, std::string_view body) {
  expect(body.size() <= reply_bytes_max, "a reply is within reply_bytes_max");
  expect(!tells_secret(body), "Sluice's own tables are not read", body);
  static auto parser = simdjson::dom::parser{};
  auto document = simdjson::dom::element{};
  expect(parser.parse(body.data(), body.size()).get(document)
             == simdjson::SUCCESS,
         "a reply is JSON", body);
  const auto* query = std::get_if<codec::query_request>(&work);
  if (query == nullptr || !query->is_batch) {
    expect(document["success"].get_bool().value_unsafe(),
           "a reply says success", body);
    return;
  }
  auto all = simdjson::dom::array{};
  expect(document.get_array().get(all) == simdjson::SUCCESS
             && all.size() == query->queries.size(),
         "a batch has a result for each statement", body);
}

bool is_syntax(const codec::error& failure) {
  const auto& message = failure.message;
  return message.contains("syntax error")
         || message.contains("incomplete input")
         || message.contains("unrecognized token");
}

void expect_failure(const codec::error& failure) {
  expect_presentable(failure);
  expect(!tells_secret(failure.message), "Sluice's own tables are not read",
         failure.message);
  expect(failure.code != error_code::internal,
         "nothing that a client sends is an internal error", failure.message);
}

} // namespace

guarded_database::guarded_database()
    : path_{(folder_.path() / "test.sqlite").string()},
      options_{tight_options()} {
  options_.vfs = guarding_vfs(folder_.path().string());
  make_template();
  open();
}

void guarded_database::make_template() {
  {
    auto options = options_;
    options.creates = true;
    const auto made = must(connection::open(path_, options), "it opens");
    must(storage::write_transaction::open(*made, uuid), "it has a state");
    const auto trusted = storage::authorizer::trust{made->authorizer()};
    const auto sql = std::string{template_sql}
                     + "CREATE TABLE _sluice_secret(x); INSERT INTO "
                       "_sluice_secret VALUES ('"
                     + std::string{secret} + "')";
    expect(sqlite3_exec(made->handle(), sql.c_str(), nullptr, nullptr, nullptr)
               == SQLITE_OK,
           "the template is made", sqlite3_errmsg(made->handle()));
    must(made->checkpoint(connection::checkpoint_mode::truncate),
         "the template is one file");
  }
  auto file = std::ifstream{path_, std::ios::binary};
  auto bytes = std::ostringstream{};
  bytes << file.rdbuf();
  template_ = std::move(bytes).str();
}

void guarded_database::open() {
  // Statements must be gone before the connections that they belong to.
  transaction_.reset();
  writer_ = {};
  reader_ = {};
  for (const auto* suffix : {"-wal", "-shm"})
    std::filesystem::remove(path_ + suffix);
  auto file = std::ofstream{path_, std::ios::binary | std::ios::trunc};
  file.write(template_.data(), std::ssize(template_));
  file.close();
  expect(file.good(), "the template is copied");
  writer_ = open_side(access::writer);
  transaction_
      = must(storage::write_transaction::open(*writer_.connection, uuid),
             "the state is read");
  reader_ = open_side(access::reader);
}

std::string guarded_database::look(side& who, std::string_view sql) {
  auto result = must(who.connection->text(sql), "the state can be read");
  expect(!result.empty(), "there is a state", sql);
  return result;
}

guarded_database::side guarded_database::open_side(access access) {
  auto options = options_;
  options.access = access;
  auto result = side{};
  result.connection = must(connection::open(path_, options), "it opens");
  result.executor
      = std::make_unique<storage::executor>(*result.connection, "fuzz");
  result.objects = look(result, objects_sql);
  result.settings = look(result, settings_sql);
  return result;
}

codec::result<storage::execution> guarded_database::run(side& who,
                                                        const request& work) {
  const auto limits = storage::execution_limits{
      .until = std::chrono::steady_clock::now() + patience,
      .reply_bytes_max = reply_bytes_max,
      .commit_number = 0};
  out_.clear();
  const auto started = std::clock();
  auto done = codec::result<storage::execution>{};
  if (const auto* query = std::get_if<codec::query_request>(&work))
    done = who.executor->run_query(*query, limits, out_);
  else
    done = who.executor->run_script(std::get<codec::exec_request>(work), limits,
                                    out_);
  expect(static_cast<double>(std::clock() - started) / CLOCKS_PER_SEC
             <= processor_s_max,
         "a request ends with its caller's patience");
  met_sql_ &= done.has_value() || !is_syntax(done.error());
  if (!done)
    expect_failure(done.error());
  else if (!done->needs_writer)
    expect_reply(work, out_.view());
  return done;
}

/// Begins a group with another request.
/// @return false if it did not come about, because the machine stood still for
///   longer than a statement may take.
bool guarded_database::begin_group() {
  must(transaction_->begin(), "a group begins");
  must(transaction_->begin_request(), "a request begins");
  auto done = run(writer_, neighbour());
  if (!done && done.error().code == error_code::timeout) {
    transaction_->roll_back();
    return false;
  }
  must(std::move(done), "another request succeeds");
  must(transaction_->keep_request(), "another request is kept");
  return true;
}

/// As write_group has it.
/// @return whether the request succeeded.
bool guarded_database::run_in_savepoint(const request& work) {
  must(transaction_->begin_request(), "a request begins");
  auto done = run(writer_, work);
  if (done) {
    expect(!done->needs_writer, "a writer needs no other");
    expect(!transaction_->is_lost(), "a success has not lost the transaction");
    if (auto kept = transaction_->keep_request(); !kept)
      done = std::unexpected{std::move(kept.error())};
  }
  if (done)
    return true;
  expect_failure(done.error());
  if (transaction_->is_lost()) {
    writer_.connection->forget_schema();
    return false;
  }
  must(transaction_->undo_request(), "what failed can be undone");
  expect(!transaction_->is_lost(), "the group goes on");
  return false;
}

void guarded_database::write(const request& work, end how) {
  watches_settings_ = may_change_settings(work);
  met_sql_ = true;
  if (!begin_group())
    return;
  auto& connection = *writer_.connection;
  if (data_.empty())
    data_ = look(writer_, data_sql);
  const auto is_done = run_in_savepoint(work);
  const auto is_lost = transaction_->is_lost();
  expect_clean(writer_);
  if (!is_done && !is_lost)
    expect_equal(data_, look(writer_, data_sql),
                 "a request that failed has changed nothing");
  if (is_done && how == end::commit) {
    must(transaction_->commit(true), "what succeeded is committed");
    expect_clean(writer_);
    expect_clean(reader_);
    open();
    return;
  }
  transaction_->roll_back();
  expect(!connection.in_transaction(), "a group has an end");
  expect_usable();
}

void guarded_database::read(const codec::query_request& work, end how) {
  watches_settings_ = may_change_settings(work);
  met_sql_ = true;
  const auto done = run(reader_, work);
  expect(!reader_.connection->in_transaction(),
         "a read leaves no transaction open");
  expect_clean(reader_);
  if (!done || !done->needs_writer)
    return;
  expect(out_.view().empty(), "what a reader passes on has no reply");
  write(work, how);
}

void guarded_database::expect_clean(side& who) {
  expect_equal(who.objects, look(who, objects_sql),
               "a request leaves no objects behind");
  if (watches_settings_)
    expect_equal(who.settings, look(who, settings_sql),
                 "a request leaves the settings as they were");
}

void guarded_database::expect_usable() {
  if (begin_group())
    transaction_->roll_back();
}

} // namespace sluice::fuzz
