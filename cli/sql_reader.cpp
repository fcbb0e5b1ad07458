#include "cli/sql_reader.hpp"

#include "codec/utf8.hpp"

#include <array>
#include <istream>
#include <string_view>
#include <utility>

namespace sluice::cli {

namespace {

constexpr auto piece_bytes = std::size_t{64} << 10;

} // namespace

sql_reader::sql_reader(std::istream& in, std::string file_name,
                       std::size_t statement_bytes_max)
    : in_{in}, file_name_{std::move(file_name)},
      statement_bytes_max_{statement_bytes_max},
      splitter_{statement_bytes_max} {
  // nop
}

std::string sql_reader::place(std::size_t line) const {
  return file_name_ + ", line " + std::to_string(line) + ": ";
}

result<std::optional<sql_statement>> sql_reader::next() {
  while (true) {
    auto statement = is_at_end_ ? splitter_.finish() : splitter_.next();
    if (splitter_.is_too_long())
      return fail(exit_code::refused,
                  place(splitter_.line()) + "the statement is longer than "
                      + std::to_string(statement_bytes_max_)
                      + " bytes, which is the limit of one request "
                        "(--batch-bytes)");
    // JSON is UTF-8: anything else could not arrive as it is.
    if (statement && !codec::is_utf8(statement->text))
      return fail(exit_code::usage,
                  place(statement->line) + "the statement is not UTF-8");
    if (statement || is_at_end_)
      return statement;
    if (auto read = read_piece(); !read)
      return std::unexpected{std::move(read.error())};
  }
}

result<void> sql_reader::read_piece() {
  static constexpr auto database_magic = std::string_view{"SQLite format 3"};
  static constexpr auto byte_order_mark = std::string_view{"\xEF\xBB\xBF"};
  auto buffer = std::array<char, piece_bytes>{};
  in_.read(buffer.data(), buffer.size());
  auto piece
      = std::string_view{buffer.data(), static_cast<std::size_t>(in_.gcount())};
  is_at_end_ = piece.empty();
  if (in_.bad())
    return fail(exit_code::usage, "cannot read " + file_name_);
  const auto is_first = bytes_read_ == 0;
  bytes_read_ += piece.size();
  if (is_first && piece.starts_with(database_magic))
    return fail(exit_code::usage,
                file_name_
                    + " is an SQLite database; the text of one is what "
                      "`sqlite3 FILE .dump` prints");
  if (is_first && piece.starts_with(byte_order_mark))
    piece.remove_prefix(byte_order_mark.size());
  splitter_.feed(piece);
  return {};
}

} // namespace sluice::cli
