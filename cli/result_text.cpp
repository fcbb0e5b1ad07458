#include "cli/result_text.hpp"

#include "cli/display_text.hpp"

#include <simdjson.h>

#include <algorithm>
#include <functional>
#include <vector>

namespace sluice::cli {

namespace {

namespace dom = simdjson::dom;

std::string blob_text(dom::array bytes) {
  static constexpr auto digits = std::string_view{"0123456789abcdef"};
  auto result = std::string{"x'"};
  for (const auto element : bytes) {
    const auto byte = std::uint64_t{element};
    result.push_back(digits[(byte >> 4) & 15]);
    result.push_back(digits[byte & 15]);
  }
  return result + "'";
}

/// NULL is "".
std::string text_of(dom::element value) {
  switch (value.type()) {
  case dom::element_type::NULL_VALUE:
    return {};
  case dom::element_type::STRING:
    return std::string{std::string_view{value}};
  case dom::element_type::ARRAY:
    return blob_text(value);
  default:
    return simdjson::minify(value);
  }
}

std::string csv_field(const std::string& text) {
  if (text.find_first_of(",\"\r\n") == std::string::npos)
    return text;
  auto result = std::string{"\""};
  for (const auto c : text)
    result.append(c == '"' ? 2 : 1, c);
  return result + "\"";
}

std::string csv_line(const std::vector<std::string>& fields) {
  auto result = std::string{};
  for (const auto& field : fields) {
    if (&field != fields.data())
      result += ",";
    result += csv_field(field);
  }
  return result + "\r\n";
}

std::vector<std::string> texts_of(dom::array values) {
  auto result = std::vector<std::string>{};
  for (const auto value : values)
    result.push_back(text_of(value));
  return result;
}

using row_function
    = std::function<void(const std::vector<std::string>& columns,
                         const std::vector<std::string>& values)>;

result<std::vector<std::string>> read_part(std::string_view part,
                                           const row_function& on_row) {
  try {
    auto parser = dom::parser{};
    const dom::element document = parser.parse(part.data(), part.size());
    auto columns = texts_of(document["columns"]);
    for (const auto row : dom::array{document["rows"]})
      on_row(columns, texts_of(row));
    return columns;
  } catch (const simdjson::simdjson_error& problem) {
    return fail(exit_code::refused,
                "the server's reply is not what this version of sluice "
                "understands: "
                    + std::string{problem.what()});
  }
}

} // namespace

result<std::string> csv_of(std::string_view part, bool has_header) {
  auto lines = std::string{};
  auto columns = read_part(part, [&lines](const auto&, const auto& values) {
    lines += csv_line(values);
  });
  if (!columns)
    return std::unexpected{std::move(columns.error())};
  return (has_header ? csv_line(*columns) : "") + lines;
}

result<std::string> lines_of(std::string_view part) {
  auto lines = std::string{};
  auto done
      = read_part(part, [&lines](const auto& columns, const auto& values) {
          auto width = std::size_t{0};
          for (const auto& column : columns)
            width = std::max(width, display_width(printable(column)));
          for (auto i = std::size_t{0}; i < columns.size() && i < values.size();
               ++i) {
            const auto name = printable(columns[i]);
            lines += std::string(width - display_width(name), ' ') + name
                     + " = " + printable(values[i]) + "\n";
          }
          lines += "\n";
        });
  if (!done)
    return std::unexpected{std::move(done.error())};
  return lines;
}

} // namespace sluice::cli
