#include "storage/json_patch.hpp"

#include "storage/connection.hpp"
#include "storage/statement.hpp"

#include <sqlite3.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>

namespace sluice::storage {

namespace {

/// Pairs of keys that one call may compare: each takes 5 to 12 ns, so that is a
/// second at most, and enough for two objects of 7,000 keys.
constexpr auto key_pairs_max = std::uint64_t{100'000'000};

/// An edit of JSON in binary moves all that is behind it; so many bytes take as
/// long as a pair of keys.
constexpr auto bytes_per_pair = std::uint64_t{128};

// -- the costs ----------------------------------------------------------------

std::string_view patch_bytes(sqlite3_value* value) noexcept {
  const auto* data
      = sqlite3_value_type(value) == SQLITE_BLOB
            ? static_cast<const char*>(sqlite3_value_blob(value))
            : reinterpret_cast<const char*>(sqlite3_value_text(value));
  if (data == nullptr)
    return {};
  return {data, static_cast<std::size_t>(sqlite3_value_bytes(value))};
}

/// Elements of JSON in SQLite's binary form, keys among them
/// (https://www.sqlite.org/jsonb.html), or of what is no JSON.
std::uint64_t binary_elements(std::string_view data) noexcept {
  constexpr auto first_container = 11u;
  auto count = std::uint64_t{0};
  for (auto at = std::size_t{0}; at < data.size(); ++count) {
    const auto head = static_cast<unsigned char>(data[at]);
    auto bytes = static_cast<std::uint64_t>(head >> 4U);
    auto size_bytes = std::size_t{0};
    if (bytes >= 12) {
      // The size stands behind, in 1, 2, 4 or 8 bytes.
      size_bytes = std::size_t{1} << (bytes - 12);
      bytes = 0;
      for (auto i = at + 1; i <= at + size_bytes && i < data.size(); ++i)
        bytes = bytes << 8U | static_cast<unsigned char>(data[i]);
    }
    at += 1 + size_bytes;
    const auto is_container = (head & 0xfU) >= first_container;
    if (!is_container)
      at += std::min<std::uint64_t>(bytes, data.size());
  }
  return count;
}

/// At least as many as there are keys: colons in texts count, too.
std::uint64_t keys_at_most(sqlite3_value* value) noexcept {
  const auto data = patch_bytes(value);
  const auto colons = static_cast<std::uint64_t>(std::ranges::count(data, ':'));
  return sqlite3_value_type(value) == SQLITE_BLOB
             ? std::max(colons, binary_elements(data))
             : colons;
}

bool is_affordable(sqlite3_value* target, sqlite3_value* patch) noexcept {
  const auto keys = keys_at_most(patch);
  // Those of the patch are compared, too, once they were added.
  const auto per_key
      = keys + keys_at_most(target)
        + (patch_bytes(target).size() + patch_bytes(patch).size())
              / bytes_per_pair;
  return keys == 0 || per_key <= key_pairs_max / keys;
}

// -- SQLite's own -------------------------------------------------------------

/// A database in memory, in which the name means SQLite's own function.
class original_patch {
public:
  explicit original_patch(const char* sql) noexcept : sql_{sql} {
    // nop
  }

  void call(sqlite3_context* context, sqlite3_value** values) noexcept {
    auto done = make_ready();
    if (done == SQLITE_OK) {
      sqlite3_limit(handle_.get(), SQLITE_LIMIT_LENGTH,
                    sqlite3_limit(sqlite3_context_db_handle(context),
                                  SQLITE_LIMIT_LENGTH, -1));
      for (auto i = 0; i < 2 && done == SQLITE_OK; ++i)
        done = bind(i + 1, values[i]);
    }
    if (done == SQLITE_OK)
      done = sqlite3_step(statement_.get());
    answer(context, done);
    if (statement_ != nullptr) {
      // Says again what the step said.
      static_cast<void>(sqlite3_reset(statement_.get()));
      sqlite3_clear_bindings(statement_.get());
    }
  }

private:
  int make_ready() noexcept {
    if (statement_ != nullptr)
      return SQLITE_OK;
    sqlite3* raw = nullptr;
    const auto opened = sqlite3_open(":memory:", &raw);
    handle_.reset(raw);
    if (opened != SQLITE_OK)
      return opened;
    sqlite3_stmt* prepared = nullptr;
    const auto done = sqlite3_prepare_v3(
        raw, sql_, -1, SQLITE_PREPARE_PERSISTENT, &prepared, nullptr);
    statement_.reset(prepared);
    return done;
  }

  /// The values outlive the call, so they are not copied.
  int bind(int at, sqlite3_value* value) noexcept {
    const auto data = patch_bytes(value);
    switch (sqlite3_value_type(value)) {
    case SQLITE_TEXT:
      // Only without memory.
      if (data.data() == nullptr)
        return SQLITE_NOMEM;
      return sqlite3_bind_text64(statement_.get(), at, data.data(), data.size(),
                                 SQLITE_STATIC, SQLITE_UTF8);
    case SQLITE_BLOB:
      // One without data would be NULL.
      return sqlite3_bind_blob64(statement_.get(), at,
                                 data.empty() ? "" : data.data(), data.size(),
                                 SQLITE_STATIC);
    default:
      return sqlite3_bind_value(statement_.get(), at, value);
    }
  }

  void answer(sqlite3_context* context, int done) noexcept {
    constexpr auto json_subtype = 'J';
    if (done == SQLITE_ROW) {
      auto* value = sqlite3_column_value(statement_.get(), 0);
      sqlite3_result_value(context, value);
      if (sqlite3_value_type(value) == SQLITE_TEXT)
        sqlite3_result_subtype(context, json_subtype);
      return;
    }
    if (handle_ == nullptr || done == SQLITE_NOMEM) {
      sqlite3_result_error_nomem(context);
      return;
    }
    if (done == SQLITE_TOOBIG) {
      sqlite3_result_error_toobig(context);
      return;
    }
    sqlite3_result_error(context, sqlite3_errmsg(handle_.get()), -1);
  }

  const char* sql_;
  connection_handle handle_;
  statement_handle statement_;
};

void patch(sqlite3_context* context, int, sqlite3_value** values) noexcept {
  if (is_affordable(values[0], values[1])) {
    static_cast<original_patch*>(sqlite3_user_data(context))
        ->call(context, values);
    return;
  }
  sqlite3_result_error(context,
                       "the objects given to json_patch have too many keys: "
                       "the number of keys in the patch, multiplied by the "
                       "number in both, may be 100000000 at most; patch a "
                       "part of them at a time",
                       -1);
}

void destroy_patch(void* original) noexcept {
  const auto owner
      = std::unique_ptr<original_patch>{static_cast<original_patch*>(original)};
}

struct patch_definition {
  const char* name;
  const char* original;
  /// SQLite's version that brought it.
  int since;
};

constexpr auto patch_definitions = std::to_array<patch_definition>(
    {{"json_patch", "SELECT json_patch(?1, ?2)", 0},
     {"jsonb_patch", "SELECT jsonb_patch(?1, ?2)", 3'045'000}});

#ifdef SQLITE_RESULT_SUBTYPE
constexpr auto result_has_subtype = SQLITE_RESULT_SUBTYPE;
#else
constexpr auto result_has_subtype = 0;
#endif

} // namespace

int register_json_patch(sqlite3* db) {
  // As SQLite's own.
  constexpr auto traits = SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_INNOCUOUS
                          | result_has_subtype;
  for (const auto& [name, sql, since] : patch_definitions) {
    if (sqlite3_libversion_number() < since)
      continue;
    auto original = std::make_unique<original_patch>(sql);
    // SQLite destroys it even where this fails.
    if (const auto done
        = sqlite3_create_function_v2(db, name, 2, traits, original.release(),
                                     patch, nullptr, nullptr, destroy_patch);
        done != SQLITE_OK)
      return done;
  }
  return SQLITE_OK;
}

} // namespace sluice::storage
