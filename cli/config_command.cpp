#include "cli/config_command.hpp"

#include "cli/terminal.hpp"
#include "config/settings_printer.hpp"

#include <CLI/CLI.hpp>

namespace sluice::cli {

config_command::config_command(CLI::App& parent)
    : app_{parent.add_subcommand("config", "Check or print the settings")},
      check_{
          app_->add_subcommand("check", "Say whether the settings are right")},
      show_{app_->add_subcommand(
          "show", "Print the settings and where each comes from")},
      default_{app_->add_subcommand(
          "default", "Print a settings file of all defaults, explained")},
      check_options_{
          std::make_unique<settings_options>(*check_, settings_scope::all)},
      show_options_{
          std::make_unique<settings_options>(*show_, settings_scope::all)} {
  app_->require_subcommand(1);
  app_->footer(
      "Settings come from the command line (--nats-url), then environment\n"
      "variables (SLUICE_NATS_URL), then the settings file (--config or\n"
      "SLUICE_CONFIG), then the defaults. Passwords and tokens are not shown.\n"
      "\n"
      "Examples:\n"
      "  sluice config default > sluice.toml\n"
      "  sluice config check --config sluice.toml\n"
      "  SLUICE_LOG_LEVEL=debug sluice config show");
}

bool config_command::is_chosen() const {
  return app_->parsed();
}

result<exit_code> config_command::run() {
  if (default_->parsed()) {
    print(config::default_settings_file());
    return exit_code::ok;
  }
  const auto loaded
      = check_->parsed() ? check_options_->load() : show_options_->load();
  if (!loaded)
    return std::unexpected{loaded.error()};
  print(check_->parsed() ? "the settings are right\n"
                         : config::shown_settings(*loaded));
  return exit_code::ok;
}

} // namespace sluice::cli
