#include "cli/json_text.hpp"

#include <rapidjson/memorystream.h>
#include <rapidjson/prettywriter.h>
#include <rapidjson/reader.h>
#include <rapidjson/stringbuffer.h>

namespace sluice::cli {

namespace {

using pretty_writer = rapidjson::PrettyWriter<rapidjson::StringBuffer>;

/// Passes numbers on as they were written; the writer itself would put them
/// into quotes.
class verbatim_writer : public pretty_writer {
public:
  using pretty_writer::pretty_writer;

  // NOLINTNEXTLINE(readability-identifier-naming): a name of RapidJSON.
  bool RawNumber(const char* text, rapidjson::SizeType bytes, bool) {
    return RawValue(text, bytes, rapidjson::kNumberType);
  }
};

} // namespace

std::string pretty_json(std::string_view json) {
  auto in = rapidjson::MemoryStream{json.data(), json.size()};
  auto out = rapidjson::StringBuffer{};
  auto writer = verbatim_writer{out};
  writer.SetIndent(' ', 2);
  auto reader = rapidjson::Reader{};
  constexpr auto flags
      = rapidjson::kParseNumbersAsStringsFlag | rapidjson::kParseIterativeFlag;
  if (reader.Parse<flags>(in, writer).IsError())
    return std::string{json};
  return {out.GetString(), out.GetSize()};
}

} // namespace sluice::cli
