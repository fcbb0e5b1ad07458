#include "cli/api_command.hpp"

#include "cli/terminal.hpp"
#include "services/api_document.hpp"

#include <CLI/CLI.hpp>

namespace sluice::cli {

api_command::api_command(CLI::App& parent)
    : app_{parent.add_subcommand(
          "api", "Print every request of the server, as AsyncAPI")},
      settings_{
          std::make_unique<settings_options>(*app_, settings_scope::subjects)} {
  app_->footer(
      "An AsyncAPI 3.0 document in YAML: the subjects, what each request and\n"
      "its reply hold, headers and errors, as this program serves them. No\n"
      "server is asked.\n"
      "\n"
      "Examples:\n"
      "  sluice api > asyncapi.yaml\n"
      "  sluice api --nats-subject-prefix acme.sql | less");
}

bool api_command::is_chosen() const {
  return app_->parsed();
}

result<exit_code> api_command::run() {
  const auto loaded = settings_->load();
  if (!loaded)
    return std::unexpected{loaded.error()};
  const auto& nats = loaded->values.nats;
  print(services::api_document({.version = SLUICE_VERSION,
                                .subject_prefix = nats.subject_prefix,
                                .queue_group = nats.queue_group}));
  return exit_code::ok;
}

} // namespace sluice::cli
