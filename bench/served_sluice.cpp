#include "bench/served_sluice.hpp"

#include <chrono>
#include <fstream>
#include <sstream>
#include <string_view>

namespace sluice::bench {

namespace {

using namespace std::chrono_literals;
using clock = std::chrono::steady_clock;

constexpr auto server_patience = 30s;
constexpr auto log_tail = std::size_t{2000};

/// Why it did not start is in its log, which goes away with the folder.
std::string tail_of(const std::string& log) {
  auto file = std::ifstream{log};
  auto all = std::ostringstream{};
  all << file.rdbuf();
  auto text = std::move(all).str();
  if (text.size() > log_tail)
    text.erase(0, text.size() - log_tail);
  return text;
}

/// Waits for the line "ready URL …".
result<std::string> read_url(child_process& process) {
  constexpr auto word = std::string_view{"ready "};
  const auto deadline = clock::now() + server_patience;
  while (true) {
    const auto line = process.read_line(deadline);
    if (!line)
      return line;
    if (!line->starts_with(word))
      continue;
    const auto rest = line->substr(word.size());
    return rest.substr(0, rest.find(' '));
  }
}

} // namespace

served_sluice::served_sluice(temporary_folder folder, child_process process,
                             std::string nats_url)
    : folder_{std::move(folder)}, process_{std::move(process)},
      nats_url_{std::move(nats_url)} {}

result<served_sluice> served_sluice::start(const serve_plan& plan) {
  auto folder = temporary_folder::create(plan.folder);
  if (!folder)
    return fail(folder.error());
  const auto log = (folder->path() / "serve.log").string();
  auto arguments = std::vector<std::string>{
      plan.program,    "serve",
      "--nats-listen", "127.0.0.1:0",
      "--durability",  plan.durability,
      "--data",        (folder->path() / "data").string()};
  arguments.insert(arguments.end(), plan.options.begin(), plan.options.end());
  auto process = child_process::start(std::move(arguments), log);
  if (!process)
    return fail(process.error());
  auto url = read_url(*process);
  if (!url)
    return fail(plan.program + " serve did not start: " + url.error() + "\n"
                + tail_of(log));
  return served_sluice{std::move(*folder), std::move(*process),
                       std::move(*url)};
}

} // namespace sluice::bench
