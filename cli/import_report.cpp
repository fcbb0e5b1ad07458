#include "cli/import_report.hpp"

#include "cli/json_text.hpp"
#include "cli/progress_line.hpp"
#include "cli/query_result.hpp"
#include "codec/json_writer.hpp"

namespace sluice::cli {

std::string progress_text(const import_progress& progress,
                          std::uint64_t bytes_total) {
  auto result = progress_bar(progress.bytes_read, bytes_total);
  if (!result.empty())
    result += "  ";
  return result + size_words(progress.bytes_read) + ", "
         + count_words(progress.statements, "statement");
}

std::string import_summary(const import_progress& done, bool is_json) {
  if (!is_json)
    return count_words(done.statements, "statement") + " in "
           + count_words(done.transactions, "transaction") + ", "
           + duration_words(done.duration_ms) + "\n";
  auto out = codec::json_writer{};
  out.begin_array();
  out.begin_object();
  out.key("success");
  out.boolean(true);
  out.key("count");
  out.unsigned_integer(done.statements);
  out.key("transactions");
  out.unsigned_integer(done.transactions);
  out.key("duration");
  out.real(done.duration_ms);
  out.end_object();
  out.end_array();
  return pretty_json(out.view()) + "\n";
}

} // namespace sluice::cli
