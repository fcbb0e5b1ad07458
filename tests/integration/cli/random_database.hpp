#pragma once

#include <cstdint>
#include <random>
#include <string>
#include <vector>

namespace sluice::tests {

/// Makes up scripts, each a request of its own, that make a database of all
/// that is hard to write as SQL: odd names and texts with every control
/// character, comments that are open at the end of a view, keys whose parent is
/// gone or does not fit, rows that no CHECK lets in, circles.
class random_database {
public:
  explicit random_database(std::uint32_t seed) : random_{seed} {
    // nop
  }

  [[nodiscard]] std::vector<std::string> scripts();

private:
  [[nodiscard]] std::size_t below(std::size_t bound);
  [[nodiscard]] bool maybe() {
    return below(2) == 0;
  }
  [[nodiscard]] std::string text();
  [[nodiscard]] std::string value();
  [[nodiscard]] std::string name();
  [[nodiscard]] std::string comment();
  void add_table();
  void add_broken_keys();
  void add_circle();
  void add_view();

  std::mt19937 random_;
  std::uint32_t names_ = 0;
  std::vector<std::string> scripts_;
  std::vector<std::string> tables_;
};

} // namespace sluice::tests
