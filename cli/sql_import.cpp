#include "cli/sql_import.hpp"

#include "cli/display_text.hpp"
#include "cli/dump_statement.hpp"
#include "cli/query_result.hpp"
#include "codec/json_writer.hpp"

#include <simdjson.h>

#include <algorithm>
#include <charconv>
#include <optional>
#include <system_error>

namespace sluice::cli {

namespace {

/// What a batch begins with whose rows may refer to later ones.
constexpr auto later_words
    = std::string_view{"PRAGMA defer_foreign_keys=TRUE;\n"};
/// What a message shows of a statement.
constexpr auto excerpt_bytes_max = std::size_t{200};

/// The number in "statement 3, line 7: …", with which the server's errors on
/// a script begin.
std::optional<std::size_t> statement_number(std::string_view message) {
  constexpr auto words = std::string_view{"statement "};
  if (!message.starts_with(words))
    return std::nullopt;
  message.remove_prefix(words.size());
  auto number = std::size_t{0};
  const auto* const begin = message.data();
  const auto* const end = begin + message.size();
  const auto [stop, problem] = std::from_chars(begin, end, number);
  if (problem != std::errc{} || stop == end || *stop != ',')
    return std::nullopt;
  return number;
}

/// The message without the place in the script, which the file's line
/// replaces.
std::string_view without_place(std::string_view message) {
  const auto colon = message.find(": ");
  return colon == message.npos ? message : message.substr(colon + 2);
}

/// The beginning of a statement on one line, not cut within a character.
std::string excerpt(std::string_view text) {
  if (text.size() <= excerpt_bytes_max)
    return printable(text);
  auto end = excerpt_bytes_max;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0u) == 0x80u)
    --end;
  return printable(text.substr(0, end)) + "…";
}

double duration_of(const std::string& reply) {
  auto parser = simdjson::dom::parser{};
  auto duration = 0.0;
  return parser.parse(reply)["duration"].get(duration) == simdjson::SUCCESS
             ? duration
             : 0;
}

} // namespace

sql_import::sql_import(std::istream& in, import_options options,
                       call_function call, observer listener)
    : options_{std::move(options)}, call_{std::move(call)},
      listener_{std::move(listener)},
      reader_{in, options_.file_name, options_.batch_bytes_max} {}

result<import_progress> sql_import::run() {
  if (auto ready = begin(); !ready)
    return std::unexpected{std::move(ready.error())};
  while (true) {
    auto read = reader_.next();
    progress_.bytes_read = reader_.bytes_read();
    if (!read)
      return std::unexpected{with_committed_words(std::move(read.error()))};
    auto& statement = *read;
    if (!statement.has_value())
      break;
    if (auto taken = take(std::move(*statement)); !taken)
      return std::unexpected{std::move(taken.error())};
  }
  if (auto finished = finish(); !finished)
    return std::unexpected{std::move(finished.error())};
  return progress_;
}

result<void> sql_import::begin() {
  if (!options_.is_resumable)
    return {};
  if (auto loaded = ledger_.load(options_.database, call_); !loaded)
    return loaded;
  progress_.statements_found = ledger_.statements_found();
  progress_.statements = progress_.statements_found;
  if (ledger_.is_resuming() && options_.is_one_transaction)
    return fail(exit_code::refused,
                "an import into this database was not finished; --restart "
                "forgets it");
  if (ledger_.is_resuming())
    note_once("going on behind statement "
              + std::to_string(ledger_.statements_found())
              + ", which an earlier import had reached");
  return {};
}

result<void> sql_import::take(sql_statement statement) {
  auto wanted = judge(statement);
  if (!wanted)
    return std::unexpected{with_committed_words(std::move(wanted.error()))};
  if (*wanted && !fits(statement))
    if (auto sent = split(); !sent)
      return sent;
  auto is_done = ledger_.note(statement.text);
  if (!is_done)
    return std::unexpected{std::move(is_done.error())};
  if (!*wanted || *is_done)
    return {};
  batch_bytes_ += statement.text.size() + 1;
  batch_.push_back(std::move(statement));
  return {};
}

result<void> sql_import::finish() {
  if (auto whole = ledger_.check_end(); !whole)
    return whole;
  const auto mark = options_.is_resumable ? ledger_.last_mark() : std::string{};
  // A dump of an empty database has nothing but a setting.
  if (batch_.empty() && mark.empty() && options_.takes_dumps
      && ledger_.has_noted())
    return {};
  if (batch_.empty() && mark.empty())
    return fail(exit_code::refused,
                options_.file_name + " holds no SQL statement");
  return send(mark);
}

result<bool> sql_import::judge(const sql_statement& statement) {
  if (!options_.takes_dumps)
    return true;
  const auto refuse = [this, &statement](const std::string& why) {
    return fail(exit_code::refused, reader_.place(statement.line) + why);
  };
  switch (classify_dump_statement(statement.text)) {
  case dump_statement::ordinary:
    return true;
  case dump_statement::transaction:
    note_once("BEGIN and COMMIT are left out: an import has transactions of "
              "its own");
    return false;
  case dump_statement::rollback:
    return refuse("ROLLBACK: whoever wrote the file met an error, and it is "
                  "not complete");
  case dump_statement::foreign_keys:
    note_once("PRAGMA foreign_keys is left out: foreign keys are always "
              "checked, at the end of each transaction");
    checks_keys_later_ = true;
    return false;
  case dump_statement::check_later:
  case dump_statement::check_now: {
    // It holds until the end of a transaction: what follows is to be in one
    // with it.
    const auto begins_batch = !batch_.empty() && !options_.is_one_transaction;
    if (auto sent = begins_batch ? split() : result<void>{}; !sent)
      return std::unexpected{std::move(sent.error())};
    checks_keys_later_ = classify_dump_statement(statement.text)
                         == dump_statement::check_later;
    return false;
  }
  case dump_statement::writable_schema:
    return refuse("PRAGMA writable_schema: the file writes into SQLite's own "
                  "schema, as sqlite3's .dump does where there are virtual "
                  "tables, and that is not possible here. Import the database "
                  "without them, or as `sluice export` writes it");
  }
  return true;
}

void sql_import::note_once(const std::string& text) {
  if (!listener_.on_note || std::ranges::find(notes_, text) != notes_.end())
    return;
  notes_.push_back(text);
  listener_.on_note(text);
}

bool sql_import::fits(const sql_statement& statement) const {
  return batch_.empty()
         || ((options_.is_one_transaction
              || batch_.size() < options_.batch_statements_max)
             && batch_bytes_ + statement.text.size()
                    <= options_.batch_bytes_max);
}

/// Sends the batch, and there will be another one.
result<void> sql_import::split() {
  if (options_.is_one_transaction && batch_bytes_ > 0)
    return fail(exit_code::refused,
                options_.file_name + " does not fit into one transaction, of "
                    + std::to_string(options_.batch_bytes_max)
                    + " bytes (--batch-bytes); nothing was executed");
  if (progress_.transactions == 0 && listener_.on_split)
    listener_.on_split();
  return send(options_.is_resumable ? ledger_.mark() : std::string{});
}

result<void> sql_import::send(const std::string& mark) {
  auto script = std::string{};
  script.reserve(batch_bytes_ + mark.size() + later_words.size());
  if (checks_keys_later_)
    script.append(later_words);
  for (const auto& statement : batch_)
    script.append(statement.text).append("\n");
  script.append(mark);
  auto body = codec::json_writer{};
  body.begin_object();
  body.key("sql");
  body.text(script);
  body.end_object();
  auto reply = call_("db." + options_.database + ".exec", body.view());
  if (!reply)
    return std::unexpected{explain(reply.error())};
  ledger_.did_commit();
  progress_.statements += batch_.size();
  ++progress_.transactions;
  progress_.duration_ms += duration_of(*reply);
  batch_.clear();
  batch_bytes_ = 0;
  if (listener_.on_progress)
    listener_.on_progress(progress_);
  return {};
}

failure sql_import::explain(const failure& problem) const {
  auto message = std::string{};
  auto number = statement_number(problem.message);
  if (number && checks_keys_later_)
    --*number;
  if (number && *number >= 1 && *number <= batch_.size()) {
    const auto& statement = batch_[*number - 1];
    message = reader_.place(statement.line)
              + std::string{without_place(problem.message)} + "\n"
              + "the statement: " + excerpt(statement.text);
  } else if (options_.is_resumable
             && import_ledger::is_conflict(problem.message)) {
    message = "another import into this database is under way: "
              + std::string{without_place(problem.message)};
  } else if (batch_.empty()) {
    message = options_.file_name + ": " + problem.message;
  } else {
    message = options_.file_name + ", lines "
              + std::to_string(batch_.front().line) + " to "
              + std::to_string(batch_.back().line) + ": " + problem.message;
  }
  message += "\n" + committed_words();
  if (options_.is_resumable && progress_.transactions > 0)
    message += "; the same command again goes on from there";
  if (problem.code == exit_code::unreachable)
    message += options_.is_resumable && progress_.transactions > 0
                   ? ", and finds out whether these lines were, too"
                   : "; whether these lines are is not known";
  return {problem.code, std::move(message)};
}

failure sql_import::with_committed_words(failure problem) const {
  problem.message += "\n" + committed_words();
  return problem;
}

std::string sql_import::committed_words() const {
  if (progress_.transactions == 0)
    return "nothing was committed before";
  const auto committed = progress_.statements - progress_.statements_found;
  return count_words(committed, "statement") + " before, in "
         + count_words(progress_.transactions, "transaction")
         + (committed == 1 ? ", was committed" : ", were committed");
}

} // namespace sluice::cli
