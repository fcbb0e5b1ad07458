#pragma once

// CLI11's names, declared here so that its large header stays in .cpp files.
// NOLINTBEGIN(readability-identifier-naming)
namespace CLI {
class App;
class Option;
class ParseError;
} // namespace CLI
// NOLINTEND(readability-identifier-naming)
