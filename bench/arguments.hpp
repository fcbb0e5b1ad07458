#pragma once

#include <CLI/CLI.hpp>

#include <string>

/// What the options of several commands share.
namespace sluice::bench {

inline constexpr auto most_in_flight = 16'384u;

/// A check that adds nothing to what an option says in the help: the name of
/// its type says what may be given.
[[nodiscard]] CLI::Validator silent(CLI::Validator check);

/// The folder of this program.
[[nodiscard]] std::string own_folder();

template <class Options>
void add_common(CLI::App& app, Options& options) {
  app.add_option("--seconds", options.seconds, "Length of each measurement")
      ->check(silent(CLI::Range(0.05, 3600.0)))
      ->type_name("NUMBER")
      ->capture_default_str();
  app.add_option("--folder", options.folder,
                 "Where the data is put meanwhile; its file\n"
                 "system decides what a commit costs")
      ->check(silent(CLI::ExistingDirectory))
      ->type_name("FOLDER")
      ->capture_default_str();
  app.add_flag("--json", options.is_json, "Print JSON, with every round");
}

/// The server that is started.
template <class Options>
void add_program(CLI::App& app, Options& options) {
  app.add_option("--program", options.program,
                 "The program sluice, of which a server is\n"
                 "started")
      ->type_name("FILE")
      ->capture_default_str();
  app.add_option("--durability", options.durability,
                 "What the server is started with")
      ->check(silent(CLI::IsMember({"full", "normal"})))
      ->type_name("full|normal")
      ->capture_default_str();
  app.add_option("serve-options", options.serve_options,
                 "Further options of `sluice serve`, after --")
      ->type_name("");
}

} // namespace sluice::bench
