#include "cli/auth_command.hpp"

#include "cli/terminal.hpp"

#include <CLI/CLI.hpp>

#include "security/key_ring.hpp"

namespace sluice::cli {

auth_command::auth_command(CLI::App& parent)
    : app_{parent.add_subcommand("auth", "Keys of tokens")},
      keys_{app_->add_subcommand(
          "keys", "Print the public keys that tokens are verified with")},
      settings_{
          std::make_unique<settings_options>(*keys_, settings_scope::all)} {
  app_->require_subcommand(1);
  keys_->footer("A JSON Web Key Set, of the keys in auth.key_file and\n"
                "auth.accepted_key_files. Secrets (HS256) are not among them.\n"
                "\n"
                "Examples:\n"
                "  sluice auth keys --auth-key-file token-key.pem\n"
                "  sluice auth keys --config sluice.toml > jwks.json");
}

bool auth_command::is_chosen() const {
  return app_->parsed();
}

result<exit_code> auth_command::run() {
  const auto loaded = settings_->load();
  if (!loaded)
    return std::unexpected{loaded.error()};
  auto keys = security::load_public_keys(loaded->values.auth);
  if (!keys)
    return fail(exit_code::usage, std::move(keys.error().message));
  print(*keys + "\n");
  return exit_code::ok;
}

} // namespace sluice::cli
