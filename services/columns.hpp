#pragma once

#include "services/service.hpp"

#include <array>

/// Columns of the rows that replies hold. Macros, for only literals join into
/// one text while this is compiled.

// Never password_hash: no reply holds it.
#define SLUICE_USER_COLUMNS                                                    \
  "id, name, email, bio, avatar_url, created_at, updated_at"
#define SLUICE_POST_COLUMNS                                                    \
  "posts.id, posts.user_id, posts.category_id, posts.title, posts.content, "   \
  "posts.published, posts.created_at, posts.updated_at"
#define SLUICE_POST_RETURNING                                                  \
  " RETURNING id, user_id, category_id, title, content, published, "           \
  "created_at, updated_at"

namespace sluice::services {

/// For statements that write users.
inline constexpr auto user_violations = std::array{
    violation{"users.email", "another user has this e-mail address already"}};

} // namespace sluice::services
