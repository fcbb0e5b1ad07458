#pragma once

#include "codec/error.hpp"

#include <cstdint>
#include <string>
#include <string_view>

/// Bookmarks: which state of a database a client has seen.
namespace sluice::codec {

/// `<commit number, 16 hex digits>-<database uuid>`: sorts as text in commit
/// order, and cannot be mistaken for another database's.
struct bookmark {
  std::uint64_t commit = 0;
  std::string database_uuid;
  bool operator==(const bookmark&) const = default;
};

[[nodiscard]] std::string format_bookmark(std::uint64_t commit,
                                          std::string_view database_uuid);

/// What the request header `Sluice-Bookmark` asks for.
struct read_constraint {
  /// The read must see at least this commit; 0: any.
  std::uint64_t commit_min = 0;
  /// The database that the bookmark was made for; empty: any.
  std::string database_uuid;
};

/// Understands `first-primary`, `first-unconstrained` and bookmarks; an empty
/// text is no constraint. Anything else is `bad_request` naming the header.
[[nodiscard]] result<read_constraint>
parse_read_constraint(std::string_view header);

} // namespace sluice::codec
