#pragma once

#include <catch2/catch_test_macros.hpp>
#include <simdjson.h>

#include <cstdint>
#include <set>
#include <string>
#include <string_view>

namespace sluice::services {

/// A JSON text that a test looks into by JSON pointers (RFC 6901). What is
/// not there, or of another type, fails the test.
class json_document {
public:
  explicit json_document(const std::string& json) {
    REQUIRE(parser_.parse(json).get(root_) == simdjson::SUCCESS);
  }

  [[nodiscard]] std::string text(std::string_view pointer) const {
    auto result = std::string_view{};
    CAPTURE(pointer);
    REQUIRE(root_.at_pointer(pointer).get(result) == simdjson::SUCCESS);
    return std::string{result};
  }

  [[nodiscard]] std::uint64_t number(std::string_view pointer) const {
    auto result = std::uint64_t{0};
    CAPTURE(pointer);
    REQUIRE(root_.at_pointer(pointer).get(result) == simdjson::SUCCESS);
    return result;
  }

  /// The names of an object's members.
  [[nodiscard]] std::set<std::string> members(std::string_view pointer) const {
    auto object = simdjson::dom::object{};
    CAPTURE(pointer);
    REQUIRE(root_.at_pointer(pointer).get(object) == simdjson::SUCCESS);
    auto result = std::set<std::string>{};
    for (const auto member : object)
      result.emplace(member.key);
    return result;
  }

  [[nodiscard]] std::size_t array_size(std::string_view pointer) const {
    auto array = simdjson::dom::array{};
    CAPTURE(pointer);
    REQUIRE(root_.at_pointer(pointer).get(array) == simdjson::SUCCESS);
    return array.size();
  }

private:
  simdjson::dom::parser parser_;
  simdjson::dom::element root_;
};

} // namespace sluice::services
