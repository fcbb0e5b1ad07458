#include "tests/integration/cli/random_database.hpp"

#include <array>
#include <string_view>

namespace sluice::tests {

namespace {

constexpr auto pieces = std::array<std::string_view, 22>{
    "a",   "'",     "\"", ";",     "--", "/*",
    "*/",  "\n",    "\r", "\r\n",  "\t", "\\r",
    "go",  "/",     "``", "[x]",   "ä",  "\xF0\x9F\x98\x80",
    "END", ".quit", " ",  "(\\r0)"};

std::string in_quotes(std::string_view text, char quote) {
  auto result = std::string(1, quote);
  for (const auto c : text)
    result.append(c == quote ? 2 : 1, c);
  return result + quote;
}

std::string hexadecimal(std::string_view bytes) {
  constexpr auto digits = std::string_view{"0123456789abcdef"};
  auto result = std::string{};
  for (const auto c : bytes) {
    const auto byte = static_cast<unsigned char>(c);
    result += digits[byte >> 4u];
    result += digits[byte & 15u];
  }
  return result;
}

} // namespace

std::size_t random_database::below(std::size_t bound) {
  return std::uniform_int_distribution<std::size_t>{0, bound - 1}(random_);
}

std::string random_database::text() {
  auto result = std::string{};
  for (auto left = below(8); left > 0; --left)
    result += maybe() ? std::string(1, static_cast<char>(below(32)))
                      : std::string{pieces[below(pieces.size())]};
  return result;
}

std::string random_database::value() {
  switch (below(6)) {
  case 0:
    return "NULL";
  case 1:
    return std::to_string(below(1000));
  case 2:
    return "X'" + hexadecimal(text()) + "'";
  default:
    return "CAST(X'" + hexadecimal(text()) + "' AS TEXT)";
  }
}

/// No carriage return before a line feed, which sqlite3 does not read within a
/// name.
std::string random_database::name() {
  auto result = "n" + std::to_string(++names_);
  for (auto left = below(4); left > 0; --left)
    if (const auto piece = pieces[below(pieces.size())];
        !piece.contains('\r') && !piece.contains('\n'))
      result += piece;
  return in_quotes(result + (maybe() ? "\n;" : ""), '"');
}

std::string random_database::comment() {
  constexpr auto all = std::array<std::string_view, 6>{
      " ", "\n", "/* ; ' */", "-- ; \" '\n", "\r\n", " /* x\r\n -- */ "};
  return std::string{all[below(all.size())]};
}

void random_database::add_table() {
  const auto table = name();
  const auto a = name();
  const auto b = name();
  const auto has_check = maybe();
  const auto is_keyed = maybe();
  auto script = "CREATE TABLE" + comment() + table + comment() + "(" + a
                + (is_keyed ? " TEXT PRIMARY KEY NOT NULL" : "") + comment()
                + "," + b + comment() + " DEFAULT (" + value() + "), c AS (" + a
                + " || 'x')" + (maybe() ? " STORED" : "");
  if (has_check)
    script += ", CHECK" + comment() + "(" + b + " IS NULL)";
  script += comment() + ")" + (is_keyed && maybe() ? " WITHOUT ROWID" : "")
            + ";\n";
  if (has_check && maybe())
    script += "PRAGMA ignore_check_constraints = ON;\n";
  for (auto left = below(6); left > 0; --left)
    script += "INSERT OR IGNORE INTO " + table + "(" + a + "," + b
              + ") VALUES (" + value() + "," + value() + ");\n";
  if (maybe())
    script += "CREATE INDEX " + name() + " ON " + table + "(" + b + ");\n";
  if (maybe())
    script += "CREATE TRIGGER " + name() + comment() + " AFTER INSERT ON "
              + table + " BEGIN" + comment() + " DELETE FROM " + table
              + "; SELECT CASE WHEN 1 THEN 'END;' END; END;\n";
  scripts_.push_back(std::move(script));
  tables_.push_back(table);
}

/// SQLite takes all of this with foreign keys on.
void random_database::add_broken_keys() {
  const auto parent = name();
  const auto child = name();
  const auto index = name();
  scripts_.push_back("CREATE TABLE " + parent + "(x); CREATE UNIQUE INDEX "
                     + index + " ON " + parent + "(x); INSERT INTO " + parent
                     + " VALUES (1), (2); CREATE TABLE " + child
                     + "(y REFERENCES " + parent + "(x)); INSERT INTO " + child
                     + " VALUES (1), (NULL), (2)");
  // The key fits no more, or its table is gone.
  if (maybe())
    scripts_.push_back("DROP INDEX " + index);
  else
    scripts_.push_back("DELETE FROM " + child + " WHERE y NOTNULL; DROP TABLE "
                       + parent);
}

void random_database::add_circle() {
  const auto one = name();
  const auto other = name();
  scripts_.push_back("CREATE TABLE " + one
                     + "(id INTEGER PRIMARY KEY, o REFERENCES " + other
                     + " DEFERRABLE INITIALLY DEFERRED); CREATE TABLE " + other
                     + "(id INTEGER PRIMARY KEY, o REFERENCES " + one
                     + "); INSERT INTO " + one + " VALUES (1, 1), (2, NULL); "
                     + "INSERT INTO " + other + " VALUES (1, 2)");
}

void random_database::add_view() {
  constexpr auto ends = std::array<std::string_view, 6>{
      "",         " /* open", " /* open *", " -- to the end", " /* closed */",
      " /* '\n--"};
  const auto& table = tables_[below(tables_.size())];
  scripts_.push_back("CREATE VIEW " + name() + comment() + " AS SELECT 'a;'"
                     + comment() + ", * FROM " + table
                     + std::string{ends[below(ends.size())]});
}

std::vector<std::string> random_database::scripts() {
  for (auto left = 1 + below(4); left > 0; --left)
    add_table();
  if (maybe())
    add_broken_keys();
  if (maybe())
    add_circle();
  for (auto left = below(4); left > 0; --left)
    add_view();
  return scripts_;
}

} // namespace sluice::tests
