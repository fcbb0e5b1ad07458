#pragma once

#include "codec/error.hpp"

#include <cstddef>
#include <optional>
#include <string>

namespace sluice::security {

/// A file with a key or a secret.
struct secret_file {
  /// Without white space at its end.
  std::string content;
  /// Others than the owner may read it: worth a warning where it is secret.
  bool is_readable_by_others = false;
};

inline constexpr auto secret_file_bytes_max = std::size_t{16'384};

/// @return nothing if there is no such file; an error that names it and says
///   what to do if it cannot be read, is no regular file, is larger than
///   `secret_file_bytes_max`, or may be written by others.
[[nodiscard]] codec::result<std::optional<secret_file>>
read_secret_file(const std::string& path);

/// Makes a file (mode 0600) that holds a new secret: 32 random bytes in
/// base64url. It lasts, or is not there: a crash leaves no part of it. Does not
/// replace one.
/// @return the secret.
[[nodiscard]] codec::result<std::string>
create_secret_file(const std::string& path);

} // namespace sluice::security
