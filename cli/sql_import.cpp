#include "cli/sql_import.hpp"

#include "cli/display_text.hpp"
#include "cli/dump_statement.hpp"
#include "cli/query_result.hpp"
#include "codec/json_writer.hpp"

#include <simdjson.h>

#include <algorithm>
#include <optional>
#include <system_error>
#include <utility>

namespace sluice::cli {

namespace {

/// What a batch begins with whose rows may refer to later ones.
constexpr auto later_words
    = std::string_view{"PRAGMA defer_foreign_keys=TRUE;\n"};
/// What a batch begins with that must not delete by a cascade. A server of
/// before leaves the first aside, and then the second is right.
constexpr auto off_words
    = std::string_view{"PRAGMA foreign_keys=OFF;\n"
                       "PRAGMA defer_foreign_keys=TRUE;\n"};
constexpr auto off_statements = std::size_t{2};
constexpr auto statements_growth = std::size_t{10};
/// Tables and triggers that are not Sluice's or SQLite's own.
constexpr auto count_sql = std::string_view{
    "SELECT count(*) AS n FROM sqlite_schema WHERE type IN ('table', "
    "'trigger') AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' AND name NOT LIKE "
    "'\\_cf\\_%' ESCAPE '\\' AND name <> 'sluice_import'"};
/// What a message shows of a statement.
constexpr auto excerpt_bytes_max = std::size_t{200};

/// The message without the place in the script, "statement 3, line 7: ", which
/// the file's line replaces.
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

std::string script_body(std::string_view sql) {
  auto body = codec::json_writer{};
  body.begin_object();
  body.key("sql");
  body.text(sql);
  body.end_object();
  return body.take();
}

/// Whether a refusal may be for what foreign keys demand: a row is not there,
/// or a table.
bool may_be_of_keys(const failure& problem) {
  return problem.reply_code == "constraint"
         || problem.reply_code == "sql_error";
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
    if (auto sent = split(batch_end::may_grow); !sent)
      return sent;
  auto is_done = ledger_.note(statement.text);
  if (!is_done)
    return std::unexpected{std::move(is_done.error())};
  if (*wanted)
    observe(statement, *is_done);
  if (!*wanted || *is_done)
    return {};
  batch_bytes_ += statement.text.size() + 1;
  batch_.push_back(std::move(statement));
  return {};
}

/// Keeps what later batches have to know of a statement.
void sql_import::observe(const sql_statement& statement, bool is_done) {
  const auto& sql = statement.text;
  if (batch_.empty()) {
    batch_settings_.clear();
    batch_settings_count_ = settings_.size();
    for (const auto& [name, text] : settings_)
      batch_settings_.append(text).append("\n");
    batch_only_adds_ = true;
    batch_tables_ = 0;
  }
  if (classify_dump_statement(sql) == dump_statement::setting) {
    const auto name = pragma_name(sql);
    std::erase_if(settings_,
                  [&name](const auto& each) { return each.first == name; });
    settings_.emplace_back(name, sql);
  }
  const auto adds = only_adds(sql);
  batch_only_adds_ = batch_only_adds_ && adds;
  has_rules_ = has_rules_ || (!adds && makes_something(sql));
  (is_done ? tables_made_ : batch_tables_) += tables_more(sql);
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
  return send(mark, batch_end::final);
}

result<bool> sql_import::judge(const sql_statement& statement) {
  const auto what = classify_dump_statement(statement.text);
  if (what == dump_statement::keys_off || what == dump_statement::keys_on) {
    if (auto done = switch_keys(what == dump_statement::keys_off); !done)
      return std::unexpected{std::move(done.error())};
    return false;
  }
  if (!options_.takes_dumps)
    return true;
  const auto refuse = [this, &statement](const std::string& why) {
    return fail(exit_code::refused, reader_.place(statement.line) + why);
  };
  switch (what) {
  case dump_statement::ordinary:
    return true;
  case dump_statement::transaction:
    note_once("BEGIN and COMMIT are left out: an import has transactions of "
              "its own");
    return false;
  case dump_statement::rollback:
    return refuse("ROLLBACK: whoever wrote the file met an error, and it is "
                  "not complete");
  case dump_statement::of_connection:
    note_once("PRAGMA " + pragma_name(statement.text)
              + " is left out: it is about a file or a connection of one's "
                "own");
    return false;
  case dump_statement::check_later:
  case dump_statement::check_now: {
    // It holds until the end of a transaction: what follows is to be in one
    // with it.
    const auto begins_batch = !batch_.empty() && !options_.is_one_transaction;
    const auto end = keys_are_off_ ? batch_end::may_grow : batch_end::final;
    if (auto sent = begins_batch ? split(end) : result<void>{}; !sent)
      return std::unexpected{std::move(sent.error())};
    checks_keys_later_ = what == dump_statement::check_later;
    return false;
  }
  case dump_statement::writable_schema:
    return refuse("PRAGMA writable_schema: the file writes into SQLite's own "
                  "schema, as sqlite3's .dump does where there are virtual "
                  "tables, and that is not possible here. Import the database "
                  "without them, or as `sluice export` writes it");
  default:
    return true;
  }
}

/// From here on, and for what is in a transaction with it.
result<void> sql_import::switch_keys(bool are_off) {
  if (options_.is_one_transaction) {
    keys_are_off_ = keys_are_off_ || are_off;
    return {};
  }
  if (are_off != keys_are_off_ && !batch_.empty())
    if (auto sent = split(batch_end::final); !sent)
      return sent;
  keys_are_off_ = are_off;
  return {};
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

/// Sends the batch, and there will be another one; or makes it larger.
result<void> sql_import::split(batch_end end) {
  if (options_.is_one_transaction && batch_bytes_ > 0)
    return fail(exit_code::refused,
                options_.file_name + " does not fit into one transaction, of "
                    + std::to_string(options_.batch_bytes_max)
                    + " bytes (--batch-bytes); nothing was executed");
  if (progress_.transactions == 0 && listener_.on_split)
    listener_.on_split();
  return send(options_.is_resumable ? ledger_.mark() : std::string{}, end);
}

result<void> sql_import::send(const std::string& mark, batch_end end) {
  auto keys = checks_keys_later_ ? key_checks::later : key_checks::at_once;
  // To check the keys of a whole database for each batch would take the square
  // of its size.
  if (keys_are_off_)
    keys = deletes_nothing() ? key_checks::later : key_checks::off;
  auto reply = execute(mark, keys);
  // As if they were checked at the end, but where a table is not there either.
  if (!reply && keys == key_checks::later && may_be_of_keys(reply.error())
      && deletes_nothing())
    reply = execute(mark, key_checks::off);
  if (!reply && grow(reply.error(), end))
    return {};
  if (!reply && why_grown_ && reply.error().reply_code == "too_large")
    return std::unexpected{explain(*why_grown_)};
  if (!reply)
    return std::unexpected{explain(reply.error())};
  did_commit(*reply);
  return {};
}

result<std::string> sql_import::execute(const std::string& mark,
                                        key_checks keys) {
  auto script = std::string{};
  script.reserve(batch_bytes_ + mark.size() + later_words.size());
  if (keys != key_checks::at_once)
    script.append(keys == key_checks::off ? off_words : later_words);
  script.append(batch_settings_);
  statements_ahead_ = batch_settings_count_
                      + (keys == key_checks::off     ? off_statements
                         : keys == key_checks::later ? 1
                                                     : 0);
  for (const auto& statement : batch_)
    script.append(statement.text).append("\n");
  script.append(mark);
  return call_("db." + options_.database + ".exec", script_body(script));
}

/// Whether what the batch does is the same with foreign keys on, unless it
/// fails.
bool sql_import::deletes_nothing() {
  return batch_only_adds_ && !has_rules_ && is_new_database();
}

/// Whether all tables are of this file.
bool sql_import::is_new_database() {
  if (is_new_database_)
    return *is_new_database_;
  const auto reply
      = call_("db." + options_.database + ".query", script_body(count_sql));
  auto parser = simdjson::dom::parser{};
  auto count = std::int64_t{0};
  is_new_database_ = reply.has_value()
                     && parser.parse(*reply)["results"].at(0)["n"].get(count)
                            == simdjson::SUCCESS
                     && count <= tables_made_;
  return *is_new_database_;
}

/// @return whether there is to be more in the batch before it is sent again.
bool sql_import::grow(const failure& problem, batch_end end) {
  const auto may_help = (keys_are_off_ || checks_keys_later_)
                        && problem.reply_code == "constraint"
                        // A key that is violated in the end.
                        && problem.statement == 0 && end == batch_end::may_grow
                        && !options_.is_one_transaction
                        && options_.batch_bytes_grown > batch_bytes_;
  if (!may_help)
    return false;
  if (options_.batch_bytes_max < options_.batch_bytes_grown) {
    options_.batch_bytes_max = options_.batch_bytes_grown;
    options_.batch_statements_max *= statements_growth;
  }
  why_grown_ = problem;
  // Where it is full, or has to end here for another reason, no more fits.
  return batch_bytes_ < options_.batch_bytes_max / 2
         && batch_.size() < options_.batch_statements_max;
}

void sql_import::did_commit(const std::string& reply) {
  ledger_.did_commit();
  progress_.statements += batch_.size();
  ++progress_.transactions;
  progress_.duration_ms += duration_of(reply);
  batch_.clear();
  batch_bytes_ = 0;
  tables_made_ += std::exchange(batch_tables_, 0);
  why_grown_.reset();
  if (listener_.on_progress)
    listener_.on_progress(progress_);
}

failure sql_import::explain(const failure& problem) const {
  auto message = std::string{};
  const auto number = problem.statement;
  const auto ahead = statements_ahead_;
  if (number > ahead && number - ahead <= batch_.size()) {
    const auto& statement = batch_[number - ahead - 1];
    message = reader_.place(statement.line)
              + std::string{without_place(problem.message)} + "\n"
              + "the statement: " + excerpt(statement.text);
  } else if (options_.is_resumable && number > ahead + batch_.size()
             && (problem.reply_code == "constraint"
                 || problem.reply_code == "sql_error")) {
    // The mark is not as this import has left it.
    message = "another import into this database is under way: "
              + std::string{without_place(problem.message)};
  } else if (batch_.empty()) {
    message = options_.file_name + ": " + problem.message;
  } else {
    message = options_.file_name + ", lines "
              + std::to_string(batch_.front().line) + " to "
              + std::to_string(batch_.back().line) + ": " + problem.message;
  }
  if (keys_are_off_ && problem.reply_code == "constraint"
      && problem.statement == 0 && !options_.is_one_transaction)
    message += "\nforeign keys have to be in order after each transaction; "
               "where rows refer to some that come later, larger ones help "
               "(--batch-bytes, --one-transaction)";
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
