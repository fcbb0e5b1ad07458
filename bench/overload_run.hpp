#pragma once

#include "bench/bench_database.hpp"
#include "bench/child_process.hpp"
#include "bench/open_loop.hpp"
#include "bench/overload_command.hpp"
#include "bench/overload_figures.hpp"
#include "bench/process_usage.hpp"
#include "bench/processor_split.hpp"
#include "bench/served_sluice.hpp"

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace sluice::bench {

/// What `overload` has started, and how it measures. Members end in the reverse
/// of the order in which they are started.
class overload_run {
public:
  /// @param options outlives this.
  explicit overload_run(const overload_options& options);

  /// Starts all that the loads need. Before any thread is there.
  [[nodiscard]] result<void> prepare();
  /// Everything that was asked for, once.
  [[nodiscard]] result<overload_figures> measure();

  /// How the processors are shared, after `prepare`; nothing: by all.
  [[nodiscard]] const std::optional<processor_split>& split() const noexcept {
    return split_;
  }

private:
  /// Requests that are offered at the same time as others.
  struct stream {
    std::string what;
    std::unique_ptr<open_loop> loop;
  };

  [[nodiscard]] result<void> start_server();
  [[nodiscard]] result<double> measure_peak(scenario what);
  [[nodiscard]] result<overload_measurement>
  measure_offer(scenario what, double times, double peak);
  [[nodiscard]] result<hot_measurement>
  measure_hot(std::optional<scenario> hot);
  [[nodiscard]] result<stream> open_stream(const std::string& subject,
                                           scenario what, double rate) const;
  [[nodiscard]] result<std::vector<stream>> open_quiet_streams() const;
  /// Sends all, and waits for the replies.
  [[nodiscard]] result<resource_figures>
  run_streams(std::span<stream> streams) const;
  [[nodiscard]] result<void> wait_for_replies(std::span<stream> streams,
                                              resource_figures& used) const;
  void sample(resource_figures& used) const;

  const overload_options& options_;
  std::chrono::nanoseconds duration_;
  std::string echo_subject_;
  std::optional<processor_split> split_;
  std::unique_ptr<served_sluice> server_;
  std::optional<child_process> echo_;
  std::optional<int> nats_server_;
  std::unique_ptr<bench_database> database_;
  std::unique_ptr<bench_database> quiet_database_;
};

} // namespace sluice::bench
