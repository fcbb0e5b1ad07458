#pragma once

#include "bench/child_process.hpp"
#include "bench/outcome.hpp"
#include "bench/temporary_folder.hpp"

#include <string>
#include <vector>

namespace sluice::bench {

struct serve_plan {
  /// Path of the program `sluice`.
  std::string program;
  std::string durability;
  /// Folder in which the data's folder is made.
  std::string folder;
  /// Further options of `sluice serve`.
  std::vector<std::string> options;
};

/// A `sluice serve` of this run alone, with an own nats-server and a folder of
/// data that goes away with this object.
class served_sluice {
public:
  /// Returns once requests are served.
  [[nodiscard]] static result<served_sluice> start(const serve_plan& plan);

  [[nodiscard]] const std::string& nats_url() const noexcept {
    return nats_url_;
  }

  /// The number of its process, for /proc.
  [[nodiscard]] int process() const noexcept {
    return process_.number();
  }

private:
  served_sluice(temporary_folder folder, child_process process,
                std::string nats_url);

  // The process ends before its folder goes away.
  temporary_folder folder_;
  child_process process_;
  std::string nats_url_;
};

} // namespace sluice::bench
