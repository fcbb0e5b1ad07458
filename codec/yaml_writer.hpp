#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::codec {

/// Appends one YAML document (1.2) to a string: mappings and sequences in block
/// style, for people to read. Texts are quoted where they must be, and folded
/// or kept line by line where they are long; all of them are UTF-8.
///
/// The document is a mapping. What was begun must be ended in order.
class yaml_writer {
public:
  yaml_writer();

  /// A line of its own behind `#`.
  void comment(std::string_view line);

  /// A member that is a mapping, or a sequence.
  void begin(std::string_view key);
  void begin_list(std::string_view key);
  /// An element of a sequence that is a mapping.
  void begin_item();
  void end();

  void text(std::string_view key, std::string_view value);
  void integer(std::string_view key, std::int64_t value);
  void boolean(std::string_view key, bool value);
  /// [a, b]
  void texts(std::string_view key, std::span<const std::string_view> values);

  /// Members that are YAML already, from their first line on: each line is
  /// moved to where members stand here.
  void lines(std::string_view members);

  /// Copies out what was written.
  [[nodiscard]] std::string take();

private:
  enum class kind : std::uint8_t { mapping, sequence, element };
  struct level {
    kind is = kind::mapping;
    std::size_t indent = 0;
    bool is_empty = true;
  };
  void start_line();
  void start_member(std::string_view key);
  void write_folded(std::string_view value, std::size_t indent);
  void write_lines(std::string_view value, std::size_t indent);

  std::string out_;
  std::vector<level> levels_;
};

} // namespace sluice::codec
