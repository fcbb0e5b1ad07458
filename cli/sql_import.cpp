#include "cli/sql_import.hpp"

#include "cli/display_text.hpp"
#include "cli/query_result.hpp"
#include "codec/json_writer.hpp"
#include "codec/utf8.hpp"

#include <simdjson.h>

#include <array>
#include <charconv>
#include <istream>
#include <system_error>

namespace sluice::cli {

namespace {

constexpr auto piece_bytes = std::size_t{64} << 10;
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
    : in_{in}, options_{std::move(options)}, call_{std::move(call)},
      listener_{std::move(listener)}, splitter_{options_.batch_bytes_max} {}

result<import_progress> sql_import::run() {
  while (true) {
    auto read = read_statement();
    if (!read)
      return std::unexpected{std::move(read.error())};
    auto& statement = *read;
    if (!statement.has_value())
      break;
    if (auto checked = check(*statement); !checked)
      return std::unexpected{std::move(checked.error())};
    if (!fits(*statement)) {
      if (progress_.transactions == 0 && listener_.on_split)
        listener_.on_split();
      if (auto sent = send(); !sent)
        return std::unexpected{std::move(sent.error())};
    }
    batch_bytes_ += statement->text.size() + 1;
    batch_.push_back(std::move(*statement));
  }
  if (batch_.empty())
    return fail(exit_code::refused,
                options_.file_name + " holds no SQL statement");
  if (auto sent = send(); !sent)
    return std::unexpected{std::move(sent.error())};
  return progress_;
}

result<std::optional<sql_statement>> sql_import::read_statement() {
  static constexpr auto database_magic = std::string_view{"SQLite format 3"};
  static constexpr auto byte_order_mark = std::string_view{"\xEF\xBB\xBF"};
  while (true) {
    auto statement = is_at_end_ ? splitter_.finish() : splitter_.next();
    if (splitter_.is_too_long())
      return fail(exit_code::refused,
                  place(splitter_.line()) + "the statement is longer than "
                      + std::to_string(options_.batch_bytes_max)
                      + " bytes, which is the limit of one request "
                        "(--batch-bytes)\n"
                      + committed_words());
    if (statement || is_at_end_)
      return statement;
    auto buffer = std::array<char, piece_bytes>{};
    in_.read(buffer.data(), buffer.size());
    auto piece = std::string_view{buffer.data(),
                                  static_cast<std::size_t>(in_.gcount())};
    is_at_end_ = piece.empty();
    if (in_.bad())
      return fail(exit_code::usage, "cannot read " + options_.file_name + "\n"
                                        + committed_words());
    const auto is_first = progress_.bytes_read == 0;
    progress_.bytes_read += piece.size();
    if (is_first && piece.starts_with(database_magic))
      return fail(exit_code::usage,
                  options_.file_name
                      + " is an SQLite database; the text of one is what "
                        "`sqlite3 FILE .dump` prints");
    if (is_first && piece.starts_with(byte_order_mark))
      piece.remove_prefix(byte_order_mark.size());
    splitter_.feed(piece);
  }
}

result<void> sql_import::check(const sql_statement& statement) const {
  // JSON is UTF-8: anything else could not arrive as it is.
  if (codec::is_utf8(statement.text))
    return {};
  return fail(exit_code::usage, place(statement.line)
                                    + "the statement is not UTF-8\n"
                                    + committed_words());
}

bool sql_import::fits(const sql_statement& statement) const {
  return batch_.empty()
         || (batch_.size() < options_.batch_statements_max
             && batch_bytes_ + statement.text.size()
                    <= options_.batch_bytes_max);
}

result<void> sql_import::send() {
  auto script = std::string{};
  script.reserve(batch_bytes_);
  for (const auto& statement : batch_)
    script.append(statement.text).append("\n");
  auto body = codec::json_writer{};
  body.begin_object();
  body.key("sql");
  body.text(script);
  body.end_object();
  auto reply = call_("db." + options_.database + ".exec", body.view());
  if (!reply)
    return std::unexpected{explain(reply.error())};
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
  const auto number = statement_number(problem.message);
  if (number && *number >= 1 && *number <= batch_.size()) {
    const auto& statement = batch_[*number - 1];
    message = place(statement.line)
              + std::string{without_place(problem.message)} + "\n"
              + "the statement: " + excerpt(statement.text);
  } else {
    message = options_.file_name + ", lines "
              + std::to_string(batch_.front().line) + " to "
              + std::to_string(batch_.back().line) + ": " + problem.message;
  }
  message += "\n" + committed_words();
  if (problem.code == exit_code::unreachable)
    message += "; whether these lines are is not known";
  return {problem.code, std::move(message)};
}

std::string sql_import::place(std::size_t line) const {
  return options_.file_name + ", line " + std::to_string(line) + ": ";
}

std::string sql_import::committed_words() const {
  if (progress_.transactions == 0)
    return "nothing was committed before";
  return count_words(progress_.statements, "statement") + " before, in "
         + count_words(progress_.transactions, "transaction")
         + (progress_.statements == 1 ? ", was committed" : ", were committed");
}

} // namespace sluice::cli
