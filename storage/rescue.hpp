#pragma once

#include "codec/error.hpp"
#include "storage/connection.hpp"
#include "storage/data_directory.hpp"
#include "storage/file_watch.hpp"

#include <functional>
#include <string>
#include <string_view>

/// Saves what only an open connection still reaches.
namespace sluice::storage {

enum class rescue_kind : std::uint8_t {
  needless, ///< The data is where it was, as far as it is there at all.
  saved,    ///< All of it is in a file again.
  put_off,  ///< There is no room now; the connection must stay open.
  hopeless, ///< It cannot be saved.
};

/// What became of an attempt.
struct rescue_outcome {
  rescue_kind kind = rescue_kind::needless;
  /// Where it is now, or why not; for people.
  std::string text;
};

/// Saves the data of a connection whose file or WAL was taken away: copies all
/// of it beside the place where the file was, or the WAL into the file.
///
/// Takes as long as the disk does. Nothing is left of a copy that was cut off.
/// @param connection a writer's, not in a transaction.
/// @param goes_on asked every few megabytes; false cuts it off.
[[nodiscard]] rescue_outcome
rescue(connection& connection, const file_watch& watch, const file_loss& loss,
       const data_directory& directory, std::string_view uuid,
       const std::function<bool()>& goes_on);

/// Copies a database, page by page as its connection sees it, into a new file
/// that is there only when it is complete and durable. Page by page: what is in
/// a WAL that is left beside it may be applied to the copy without harm.
[[nodiscard]] codec::result<void>
copy_database(connection& source, const std::string& path,
              const std::function<bool()>& goes_on);

} // namespace sluice::storage
