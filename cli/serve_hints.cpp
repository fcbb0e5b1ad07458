#include "cli/serve_hints.hpp"

#include "cli/client.hpp"

#include <filesystem>
#include <system_error>

namespace sluice::cli {

namespace {

/// How to call this program from the current folder.
std::string program_name() {
  auto problem = std::error_code{};
  const auto path = std::filesystem::read_symlink("/proc/self/exe", problem);
  if (problem)
    return "sluice";
  const auto near = std::filesystem::proximate(path, problem).string();
  return problem || near.starts_with("..") ? path.string() : near;
}

} // namespace

std::string serve_hints(const config::settings& settings,
                        const std::string& url) {
  // Only what differs from what the commands assume.
  const auto assumed = server_url(config::nats_settings{});
  const auto option
      = assumed && *assumed == url ? std::string{} : " --nats-url " + url;
  const auto program = program_name();
  return "\nSluice " SLUICE_VERSION " serves " + settings.nats.subject_prefix
         + ".> at " + url + ", its data is in " + settings.data
         + "\nTo try in another shell:\n\n  " + program + " db create app"
         + option + "\n  " + program + " execute app" + option
         + " --command \"CREATE TABLE notes (id INTEGER PRIMARY KEY, text)\""
         + "\n  " + program + " execute app" + option
         + " --command \"INSERT INTO notes (text) VALUES (?) RETURNING *\""
           " --param hello\n\nControl-C stops it.\n";
}

} // namespace sluice::cli
