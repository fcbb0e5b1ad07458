#pragma once

#include "actors/reply_token.hpp"
#include "actors/serving_context.hpp"
#include "storage/connection.hpp"
#include "storage/row_stream.hpp"

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// Where the rows of streamed results go.
namespace sluice::actors {

/// Sends each part at once: for reads. Waits, on the reader's own thread, while
/// NATS is slower than SQLite; ends when the requester is gone or the deadline
/// has passed.
class sent_parts : public storage::row_stream {
public:
  /// @param work the stream's; like `context`, outlives this.
  sent_parts(const serving_context& context, job& work) noexcept;

  [[nodiscard]] codec::result<void> take(std::size_t statement,
                                         std::string_view part) override;

  /// The same for what is not rows.
  [[nodiscard]] codec::result<void> take(std::string_view bytes);

private:
  [[nodiscard]] codec::result<void> send(std::optional<std::size_t> statement,
                                         std::string_view part);

  class pause;
  [[nodiscard]] codec::result<void> wait_for_network();
  [[nodiscard]] codec::result<void> wait_for_requester();

  const serving_context& context_;
  job& work_;
};

/// One part that waits for its commit.
struct reply_part {
  std::size_t statement = 0;
  std::string rows;
};

/// Keeps the parts until the commit: for writes, of which nothing may be told
/// before. So what they return is bounded.
class kept_parts : public storage::row_stream {
public:
  explicit kept_parts(std::size_t bytes_max) noexcept : bytes_max_{bytes_max} {
    // nop
  }

  /// @return `too_large` beyond the bound.
  [[nodiscard]] codec::result<void> take(std::size_t statement,
                                         std::string_view part) override;

  std::vector<reply_part> parts;
  std::size_t bytes = 0;

private:
  std::size_t bytes_max_;
};

} // namespace sluice::actors
