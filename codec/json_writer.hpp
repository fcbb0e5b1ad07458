#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

/// JSON out.
namespace sluice::codec {

/// Appends one JSON text to a string. A thin layer over RapidJSON's Writer
/// that adds what the protocol says of values: shortest REAL, BLOB as an array
/// of bytes, U+FFFD for invalid UTF-8, null for infinities and NaN.
///
/// Objects and arrays must be closed in order. Belongs to one thread.
class json_writer {
public:
  json_writer();
  ~json_writer();
  json_writer(json_writer&&) noexcept;
  json_writer& operator=(json_writer&&) noexcept;

  void begin_object();
  void end_object();
  void begin_array();
  void end_array();
  /// A member's name.
  void key(std::string_view name);
  void null();
  void boolean(bool x);
  void integer(std::int64_t x);
  void unsigned_integer(std::uint64_t x);
  /// The shortest text that reads back equal, and that reads as a REAL: 1.0,
  /// 0.1, 1e+22. Infinities and NaN: null.
  void real(double x);
  /// UTF-8; invalid sequences become U+FFFD.
  void text(std::string_view x);
  /// [0,255,…]
  void bytes(std::span<const std::byte> x);
  /// A JSON text that was made before, as a value.
  void raw(std::string_view json);
  /// A member's name that was made by `quoted` before.
  void raw_key(std::string_view quoted_name);

  /// Bytes written so far.
  [[nodiscard]] std::size_t size() const noexcept;
  /// What was written so far; valid until the next call.
  [[nodiscard]] std::string_view view() const noexcept;
  /// Forgets what was written; keeps the memory.
  void clear() noexcept;
  /// Copies out what was written and clears.
  [[nodiscard]] std::string take();

private:
  struct impl;
  std::unique_ptr<impl> impl_;
};

/// `name` as a JSON string with its quotes: `"na\"me"`.
[[nodiscard]] std::string quoted(std::string_view name);

} // namespace sluice::codec
