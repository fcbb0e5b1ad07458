#include "cli/serve_command.hpp"

#include <CLI/CLI.hpp>

namespace sluice::cli {

serve_command::serve_command(CLI::App& parent)
    : app_{parent.add_subcommand("serve", "Serve databases over NATS")} {
  app_->add_flag("--hints", options_.hints,
                 "Print what to try next once requests are served");
  settings_ = std::make_unique<settings_options>(*app_, settings_scope::all);
  app_->footer(
      "Each setting is an option (--nats-url), an environment variable\n"
      "(SLUICE_NATS_URL) and a key of the settings file (url in [nats]); they "
      "win\n"
      "over each other in this order. Without nats.url a nats-server is "
      "started\n"
      "along. Control-C, or SIGTERM, finishes what was accepted and stops.\n"
      "\n"
      "Examples:\n"
      "  sluice serve\n"
      "  sluice serve --data /var/lib/sluice --nats-url nats://127.0.0.1:4222\n"
      "  sluice serve --config sluice.toml");
}

bool serve_command::is_chosen() const {
  return app_->parsed();
}

result<exit_code> serve_command::run() {
  const auto loaded = settings_->load();
  if (!loaded)
    return std::unexpected{loaded.error()};
  return static_cast<exit_code>(serve(*loaded, options_));
}

} // namespace sluice::cli
