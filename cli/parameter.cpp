#include "cli/parameter.hpp"

#include "codec/json_writer.hpp"
#include "codec/utf8.hpp"

#include <rapidjson/memorystream.h>
#include <rapidjson/reader.h>

namespace sluice::cli {

namespace {

bool is_json(std::string_view text) {
  auto in = rapidjson::MemoryStream{text.data(), text.size()};
  auto reader = rapidjson::Reader{};
  auto ignored = rapidjson::BaseReaderHandler<>{};
  // Numbers stay texts: they are only passed on, with all their digits. The
  // iterative parser does not run out of stack on [[[[….
  constexpr auto flags
      = rapidjson::kParseNumbersAsStringsFlag | rapidjson::kParseIterativeFlag;
  return !reader.Parse<flags>(in, ignored).IsError();
}

} // namespace

result<std::string> parameter_json(std::string_view text) {
  if (!codec::is_utf8(text))
    return fail(exit_code::usage, "the value of --param is not UTF-8");
  return is_json(text) ? std::string{text} : codec::quoted(text);
}

} // namespace sluice::cli
