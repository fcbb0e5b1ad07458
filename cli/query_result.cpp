#include "cli/query_result.hpp"

#include <simdjson.h>

#include <array>
#include <cstdio>

namespace sluice::cli {

namespace {

namespace ondemand = simdjson::ondemand;

/// A BLOB of which more is not shown.
constexpr auto blob_bytes_shown_max = std::size_t{32};

std::string_view without_tail(std::string_view text) {
  const auto end = text.find_last_not_of(" \t\r\n");
  return text.substr(0, end == text.npos ? 0 : end + 1);
}

/// x'00ff…' of an array of bytes.
cell read_blob(ondemand::array bytes) {
  static constexpr auto hex = std::string_view{"0123456789abcdef"};
  auto result = cell{"x'"};
  auto count = std::size_t{0};
  for (auto element : bytes) {
    const auto byte = std::uint64_t{element.get_uint64()};
    if (++count > blob_bytes_shown_max)
      continue;
    result.text.push_back(hex[(byte >> 4) & 15]);
    result.text.push_back(hex[byte & 15]);
  }
  result.text.append(count > blob_bytes_shown_max ? "…'" : "'");
  if (count > blob_bytes_shown_max)
    result.text.append(" (").append(count_words(count, "byte")).append(")");
  return result;
}

cell read_cell(ondemand::value in) {
  switch (in.type()) {
  case ondemand::json_type::null:
    return {"NULL"};
  case ondemand::json_type::string:
    return {std::string{std::string_view{in.get_string()}}};
  case ondemand::json_type::array:
    return read_blob(in.get_array());
  case ondemand::json_type::number:
    // As it was sent, with all its digits.
    return {std::string{without_tail(in.raw_json_token())}, true};
  default:
    return {std::string{without_tail(in.raw_json_token())}};
  }
}

void read_results(ondemand::object in, query_result& out) {
  for (auto field : in) {
    const auto name = std::string_view{field.unescaped_key()};
    if (name == "columns") {
      for (auto column : field.value().get_array())
        out.columns.emplace_back(std::string_view{column.get_string()});
    } else if (name == "rows") {
      for (auto row : field.value().get_array()) {
        auto& cells = out.rows.emplace_back();
        for (auto place : row.get_array())
          cells.push_back(read_cell(place.value()));
      }
    }
  }
}

void read_meta(ondemand::object in, query_result& out) {
  for (auto field : in) {
    const auto name = std::string_view{field.unescaped_key()};
    if (name == "duration")
      out.duration_ms = field.value().get_double();
    else if (name == "changes")
      out.changes = field.value().get_int64();
  }
}

query_result read_result(ondemand::object in) {
  auto result = query_result{};
  for (auto field : in) {
    const auto name = std::string_view{field.unescaped_key()};
    if (name == "results")
      read_results(field.value().get_object(), result);
    else if (name == "meta")
      read_meta(field.value().get_object(), result);
  }
  for (const auto& row : result.rows)
    if (row.size() != result.columns.size())
      throw simdjson::simdjson_error{simdjson::INCORRECT_TYPE};
  return result;
}

} // namespace

result<std::vector<query_result>> read_query_reply(std::string_view json) {
  try {
    auto parser = ondemand::parser{};
    const auto padded = simdjson::padded_string{json};
    auto document = ondemand::document{parser.iterate(padded)};
    auto results = std::vector<query_result>{};
    if (document.type() == ondemand::json_type::array)
      for (auto element : document.get_array())
        results.push_back(read_result(element.get_object()));
    else
      results.push_back(read_result(document.get_object()));
    return results;
  } catch (const simdjson::simdjson_error& problem) {
    return fail(exit_code::refused,
                "the server's reply is not what this version of sluice "
                "understands: "
                    + std::string{problem.what()});
  }
}

std::string duration_words(double ms) {
  auto buffer = std::array<char, 64>{};
  if (ms >= 1'000)
    std::snprintf(buffer.data(), buffer.size(), "%.2f s", ms / 1'000);
  else
    std::snprintf(buffer.data(), buffer.size(),
                  ms >= 10 ? "%.1f ms" : "%.2f ms", ms);
  return buffer.data();
}

std::string count_words(std::uint64_t count, std::string_view thing) {
  return std::to_string(count) + " " + std::string{thing}
         + (count == 1 ? "" : "s");
}

std::string render(const query_result& result, std::size_t columns_max) {
  const auto time = " in " + duration_words(result.duration_ms) + "\n";
  if (result.columns.empty()) {
    if (result.changes == 0)
      return "done" + time;
    const auto rows = static_cast<std::uint64_t>(result.changes);
    return count_words(rows, "row") + " changed" + time;
  }
  auto rows = table{result.columns};
  for (const auto& row : result.rows)
    rows.add_row(row);
  return rows.render(columns_max) + count_words(rows.row_count(), "row") + time;
}

} // namespace sluice::cli
