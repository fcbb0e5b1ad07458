#pragma once

#include "codec/error.hpp"

#include <cstddef>
#include <string_view>

namespace sluice::storage {

/// Takes the rows of a result part by part, while the statement runs.
class row_stream {
public:
  virtual ~row_stream() = default;

  /// @param statement the number of the batch's statement, from 0.
  /// @param part {"columns":[…],"rows":[…]}; valid during the call.
  /// @return an error to end the statement with.
  [[nodiscard]] virtual codec::result<void> take(std::size_t statement,
                                                 std::string_view part)
      = 0;
};

} // namespace sluice::storage
