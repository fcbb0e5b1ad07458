#include "storage/like_function.hpp"

#include <sqlite3.h>

#include <string>
#include <string_view>

namespace sluice::storage {

namespace {

const char* text_of(sqlite3_value* value) noexcept {
  return reinterpret_cast<const char*>(sqlite3_value_text(value));
}

/// Bytes of the character that a text begins with, as SQLite reads UTF-8.
std::size_t character_bytes(const char* text) noexcept {
  if (static_cast<unsigned char>(*text) < 0xc0U)
    return *text == '\0' ? 0 : 1;
  auto bytes = std::size_t{1};
  while ((static_cast<unsigned char>(text[bytes]) & 0xc0U) == 0x80U)
    ++bytes;
  return bytes;
}

/// The pattern of GLOB, which minds case, for one of LIKE.
std::string as_glob(std::string_view pattern, std::string_view escape) {
  auto result = std::string{};
  result.reserve(pattern.size() * 2);
  while (!pattern.empty()) {
    const auto is_escaped = !escape.empty() && pattern.starts_with(escape);
    if (is_escaped)
      pattern.remove_prefix(escape.size());
    // It matches nothing: what it escapes is missing.
    if (pattern.empty())
      return result + "[]";
    const auto c = pattern.front();
    if (!is_escaped && (c == '%' || c == '_'))
      result += c == '%' ? '*' : '?';
    else if (c == '*' || c == '?' || c == '[')
      result.append("[").append(1, c).append("]");
    else
      result += c;
    pattern.remove_prefix(1);
  }
  return result;
}

bool matches(const char* pattern, const char* text, const char* escape,
             bool minds_case) {
  if (minds_case)
    return sqlite3_strglob(
               as_glob(pattern, escape != nullptr ? escape : "").c_str(), text)
           == 0;
  auto character = 0U;
  if (escape != nullptr) {
    const auto bytes = character_bytes(escape);
    const auto first = static_cast<unsigned char>(*escape);
    character = bytes == 1   ? first
                : bytes == 2 ? first & 0x1fU
                : bytes == 3 ? first & 0x0fU
                             : first & 0x07U;
    for (auto i = std::size_t{1}; i < bytes; ++i)
      character
          = character << 6U | (static_cast<unsigned char>(escape[i]) & 0x3fU);
  }
  return sqlite3_strlike(pattern, text, character) == 0;
}

void like(sqlite3_context* context, int count,
          sqlite3_value** values) noexcept {
  auto* db = sqlite3_context_db_handle(context);
  if (sqlite3_value_bytes(values[0])
      > sqlite3_limit(db, SQLITE_LIMIT_LIKE_PATTERN_LENGTH, -1)) {
    sqlite3_result_error(context, "LIKE or GLOB pattern too complex", -1);
    return;
  }
  const auto* escape = static_cast<const char*>(nullptr);
  if (count == 3) {
    escape = text_of(values[2]);
    if (escape == nullptr)
      return;
    const auto bytes = character_bytes(escape);
    if (bytes == 0 || escape[bytes] != '\0') {
      sqlite3_result_error(context,
                           "ESCAPE expression must be a single character", -1);
      return;
    }
  }
  const auto* pattern = text_of(values[0]);
  const auto* text = text_of(values[1]);
  if (pattern == nullptr || text == nullptr)
    return;
  try {
    const auto minds_case = sqlite3_user_data(context) != nullptr;
    sqlite3_result_int(context, matches(pattern, text, escape, minds_case));
  } catch (...) {
    sqlite3_result_error_nomem(context);
  }
}

} // namespace

int register_like(sqlite3* db, bool minds_case) noexcept {
  const auto traits = SQLITE_UTF8 | SQLITE_INNOCUOUS
                      | (minds_case ? 0 : SQLITE_DETERMINISTIC);
  for (const auto arguments : {2, 3})
    if (const auto done = sqlite3_create_function_v2(
            db, "like", arguments, traits, minds_case ? db : nullptr, like,
            nullptr, nullptr, nullptr);
        done != SQLITE_OK)
      return done;
  return SQLITE_OK;
}

} // namespace sluice::storage
