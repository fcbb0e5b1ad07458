#include "cli/api_command.hpp"
#include "cli/auth_command.hpp"
#include "cli/command.hpp"
#include "cli/config_command.hpp"
#include "cli/database_command.hpp"
#include "cli/dump_command.hpp"
#include "cli/execute_command.hpp"
#include "cli/export_command.hpp"
#include "cli/help_text.hpp"
#include "cli/import_command.hpp"
#include "cli/info_command.hpp"
#include "cli/migrations_command.hpp"
#include "cli/request_command.hpp"
#include "cli/serve_command.hpp"
#include "cli/shell_command.hpp"
#include "cli/terminal.hpp"

#include <CLI/CLI.hpp>

#include <exception>
#include <memory>
#include <vector>

namespace sluice::cli {

namespace {

constexpr auto version_line = "sluice " SLUICE_VERSION;

/// `sluice version`.
class version_command : public command {
public:
  explicit version_command(CLI::App& parent)
      : app_{parent.add_subcommand("version", "Print the version")} {}

  [[nodiscard]] bool is_chosen() const override {
    return app_->parsed();
  }

  [[nodiscard]] result<exit_code> run() override {
    print(std::string{version_line} + "\n");
    return exit_code::ok;
  }

private:
  CLI::App* app_;
};

void describe(CLI::App& app) {
  app.set_version_flag("--version", version_line);
  app.require_subcommand(1);
  app.footer("`sluice COMMAND --help` explains a command.\n"
             "\n"
             "Exit status: 0 done; 1 the server refused, or the SQL failed; 2 "
             "the\n"
             "command line or a setting is wrong; 3 no server, or no answer.\n"
             "\n"
             "Examples:\n"
             "  sluice serve --data ./data\n"
             "  sluice db create app\n"
             "  sluice execute app --command 'SELECT 1 + 1 AS two'");
}

exit_code run_chosen(const std::vector<std::unique_ptr<command>>& commands) {
  for (const auto& candidate : commands) {
    if (!candidate->is_chosen())
      continue;
    const auto done = candidate->run();
    if (!done) {
      complain(done.error().message);
      return done.error().code;
    }
    return finish_output() ? *done : exit_code::refused;
  }
  return exit_code::usage;
}

exit_code run(int argc, const char* const* argv) {
  auto app = CLI::App{"A Cloudflare D1 compatible SQL database service over "
                      "NATS",
                      "sluice"};
  describe(app);
  auto commands = std::vector<std::unique_ptr<command>>{};
  commands.push_back(std::make_unique<serve_command>(app));
  commands.push_back(std::make_unique<database_command>(app));
  commands.push_back(std::make_unique<info_command>(app));
  commands.push_back(std::make_unique<execute_command>(app));
  commands.push_back(std::make_unique<migrations_command>(app));
  commands.push_back(std::make_unique<shell_command>(app));
  commands.push_back(std::make_unique<export_command>(app));
  commands.push_back(std::make_unique<import_command>(app));
  commands.push_back(std::make_unique<dump_command>(app));
  commands.push_back(std::make_unique<request_command>(app));
  commands.push_back(std::make_unique<auth_command>(app));
  commands.push_back(std::make_unique<config_command>(app));
  commands.push_back(std::make_unique<api_command>(app));
  commands.push_back(std::make_unique<version_command>(app));
  wrap_descriptions(app);
  try {
    app.parse(argc, argv);
  } catch (const CLI::Success& asked) {
    // --help and --version.
    app.exit(asked);
    return finish_output() ? exit_code::ok : exit_code::refused;
  } catch (const CLI::ParseError& problem) {
    complain(explain(app, problem));
    return exit_code::usage;
  }
  return run_chosen(commands);
}

} // namespace

} // namespace sluice::cli

int main(int argc, char** argv) {
  try {
    return static_cast<int>(sluice::cli::run(argc, argv));
  } catch (const std::exception& problem) {
    sluice::cli::complain(problem.what());
    return static_cast<int>(sluice::cli::exit_code::refused);
  }
}
