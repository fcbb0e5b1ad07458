#include "cli/client_options.hpp"

#include <CLI/CLI.hpp>

namespace sluice::cli {

namespace {

constexpr auto day_ms = std::uint32_t{86'400'000};

} // namespace

client_options::client_options(CLI::App& app)
    : settings_{app, settings_scope::clients} {
  app.add_option("--timeout-ms", timeout_ms_,
                 "How long the server may take to answer a request, in "
                 "milliseconds; the server has a bound, too")
      ->type_name("NUMBER")
      ->check(CLI::Range(std::uint32_t{1}, day_ms).description(""))
      ->capture_default_str();
}

result<config::loaded_settings> client_options::load() const {
  return settings_.load();
}

result<client> client_options::connect() const {
  auto loaded = load();
  if (!loaded)
    return std::unexpected{std::move(loaded.error())};
  return connect(*loaded);
}

result<client>
client_options::connect(const config::loaded_settings& loaded) const {
  return client::connect(loaded.values, std::chrono::milliseconds{timeout_ms_});
}

} // namespace sluice::cli
