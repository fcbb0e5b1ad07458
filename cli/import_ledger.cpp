#include "cli/import_ledger.hpp"

#include "codec/fingerprint.hpp"
#include "codec/json_writer.hpp"

#include <simdjson.h>

#include <cstddef>

namespace sluice::cli {

namespace {

std::string hexadecimal(const codec::blob& value) {
  static constexpr auto digits = std::string_view{"0123456789abcdef"};
  auto result = std::string{};
  for (const auto byte : value.bytes) {
    result.push_back(digits[std::to_integer<std::size_t>(byte >> 4)]);
    result.push_back(
        digits[std::to_integer<std::size_t>(byte & std::byte{15})]);
  }
  return result;
}

std::string sql_body(std::string_view sql) {
  return "{\"sql\":" + codec::quoted(sql) + "}";
}

failure other_file(const std::string& why) {
  return {exit_code::refused,
          "an import into this database was not finished, and this file is "
          "not the one: "
              + why
              + "; import that file again, which goes on where it stopped, or "
                "begin anew with --restart"};
}

} // namespace

result<void> import_ledger::load(const std::string& database,
                                 const call_function& call) {
  auto parser = simdjson::dom::parser{};
  const auto subject = "db." + database + ".query";
  auto found = call(subject, sql_body("SELECT count(*) AS n FROM sqlite_schema "
                                      "WHERE name = 'sluice_import'"));
  if (!found)
    return std::unexpected{std::move(found.error())};
  auto count = std::int64_t{0};
  if (parser.parse(*found).at_pointer("/results/0/n").get(count)
          == simdjson::SUCCESS
      && count == 0)
    return {};
  auto reply = call(
      subject, sql_body("SELECT statements, fingerprint FROM sluice_import"));
  if (!reply)
    return std::unexpected{std::move(reply.error())};
  const auto row = parser.parse(*reply).at_pointer("/results/0");
  auto fingerprint = std::string_view{};
  if (row["statements"].get(found_.statements) != simdjson::SUCCESS
      || row["fingerprint"].get(fingerprint) != simdjson::SUCCESS)
    return fail(exit_code::refused,
                "the table sluice_import is not one that an import has left; "
                "remove it with --restart if nothing else needs it");
  found_.fingerprint = fingerprint;
  committed_ = found_;
  return {};
}

result<void> import_ledger::forget(const std::string& database,
                                   const call_function& call) {
  auto done = call("db." + database + ".query",
                   sql_body("DROP TABLE IF EXISTS sluice_import"));
  if (!done)
    return std::unexpected{std::move(done.error())};
  return {};
}

result<bool> import_ledger::note(std::string_view statement) {
  noted_.fingerprint
      = hexadecimal(codec::fingerprint({noted_.fingerprint, statement}));
  ++noted_.statements;
  if (noted_.statements == found_.statements
      && noted_.fingerprint != found_.fingerprint)
    return std::unexpected{other_file("its first "
                                      + std::to_string(found_.statements)
                                      + " statements are others")};
  return noted_.statements <= found_.statements;
}

result<void> import_ledger::check_end() const {
  if (noted_.statements >= found_.statements)
    return {};
  return std::unexpected{
      other_file("it has fewer statements than were executed")};
}

std::string import_ledger::advance() const {
  // NULL, where another import was faster, which the column does not take.
  return "UPDATE sluice_import SET fingerprint='" + noted_.fingerprint
         + "',statements=CASE statements WHEN "
         + std::to_string(committed_.statements) + " THEN "
         + std::to_string(noted_.statements) + " END;\n";
}

std::string import_ledger::mark() const {
  if (committed_.statements > 0)
    return advance();
  return "CREATE TABLE sluice_import(statements INTEGER NOT NULL,fingerprint "
         "TEXT NOT NULL);\nINSERT INTO sluice_import VALUES("
         + std::to_string(noted_.statements) + ",'" + noted_.fingerprint
         + "');\n";
}

std::string import_ledger::last_mark() const {
  if (committed_.statements == 0)
    return {};
  return advance() + "DROP TABLE sluice_import;\n";
}

void import_ledger::did_commit() {
  committed_ = noted_;
}

} // namespace sluice::cli
