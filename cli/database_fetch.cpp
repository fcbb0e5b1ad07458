#include "cli/database_fetch.hpp"

#include "cli/progress_line.hpp"

#include <simdjson.h>

namespace sluice::cli {

namespace {

std::uint64_t size_in(const std::string& reply) {
  auto parser = simdjson::dom::parser{};
  auto size = std::uint64_t{0};
  return parser.parse(reply)["file_size"].get(size) == simdjson::SUCCESS ? size
                                                                         : 0;
}

} // namespace

result<std::uint64_t>
fetch_database(client& server, const std::string& database,
               const std::function<result<void>(std::string_view)>& on_part) {
  auto line = progress_line{};
  auto bytes = std::uint64_t{0};
  auto last = server.call_for_stream(
      "db." + database + ".dump", "",
      [&](std::string_view part) -> result<void> {
        bytes += part.size();
        line.show("fetching " + database + ": " + size_words(bytes));
        return on_part(part);
      });
  if (!last)
    return std::unexpected{std::move(last.error())};
  if (bytes == 0 || bytes != size_in(*last))
    return fail(exit_code::unreachable,
                "the database did not arrive whole: " + std::to_string(bytes)
                    + " bytes of " + std::to_string(size_in(*last)));
  return bytes;
}

} // namespace sluice::cli
