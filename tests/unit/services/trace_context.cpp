#include "services/trace_context.hpp"

#include <catch2/catch_test_macros.hpp>

#include <string>

namespace sluice::services {

TEST_CASE("only a valid traceparent is carried on", "[services][trace]") {
  const auto valid
      = std::string{"00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"};
  CHECK(valid_traceparent(valid) == valid);
  const auto changed = [&valid](std::size_t at, char c) {
    auto result = valid;
    result[at] = c;
    return result;
  };
  CHECK(valid_traceparent(changed(54, '0')) == changed(54, '0'));
  CHECK(valid_traceparent(changed(0, 'c')) == changed(0, 'c'));
  for (const auto at : {0, 2, 3, 34, 35, 36, 51, 52, 53, 54})
    for (const auto c : {'F', 'g', '\n', '_'}) {
      CAPTURE(at, c);
      CHECK(valid_traceparent(changed(static_cast<std::size_t>(at), c)) == "");
    }
  for (const auto& text :
       {std::string{}, std::string{"00"}, valid + "-", valid + "\n",
        valid.substr(1), std::string(900'000, 'a'), "ff" + valid.substr(2),
        std::string{"00-00000000000000000000000000000000-00f067aa0ba902b7-01"},
        std::string{"00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01"}})
    CHECK(valid_traceparent(text) == "");
}

} // namespace sluice::services
