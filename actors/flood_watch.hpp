#pragma once

#include <array>
#include <cstddef>
#include <string>
#include <string_view>

namespace sluice::actors {

/// Finds the databases that a queue which grew too long is full of, from what
/// is taken out of it. Bounded memory: Misra and Gries, Finding repeated
/// elements, 1982. Of one thread.
class flood_watch {
public:
  /// So many requests are looked at together.
  static constexpr auto window = std::size_t{2'048};
  /// More than so many of them for one database are a flood. Some less may
  /// already be.
  static constexpr auto flood = window / 4;

  /// Takes a request into account.
  /// @param tell called with each database of a flood; once for each window.
  template <class Tell>
  void note(std::string_view database, const Tell& tell) {
    count(database);
    if (++seen_ < window)
      return;
    for (const auto& each : counted_)
      if (each.times >= flood - error)
        tell(std::string_view{each.database});
    counted_ = {};
    seen_ = 0;
  }

private:
  static constexpr auto places = std::size_t{15};
  /// By how much a count may be too low.
  static constexpr auto error = window / (places + 1);

  struct place {
    std::string database;
    std::size_t times = 0;
  };
  void count(std::string_view database);

  std::array<place, places> counted_;
  std::size_t seen_ = 0;
};

} // namespace sluice::actors
