#include "bench/overload_figures.hpp"

#include "bench/median.hpp"

#include <algorithm>

namespace sluice::bench {

namespace {

/// The members of the same place in each round.
template <class T>
using alike = std::vector<const T*>;

template <class T, class Part>
alike<Part> parts_of(const alike<T>& rounds, Part T::* member) {
  auto parts = alike<Part>{};
  for (const auto* round : rounds)
    parts.push_back(&(round->*member));
  return parts;
}

latency_figures summary_of(const alike<latency_figures>& rounds) {
  auto result = latency_figures{};
  result.p50_ms = median_of(rounds, &latency_figures::p50_ms);
  result.p99_ms = median_of(rounds, &latency_figures::p99_ms);
  for (const auto* round : rounds)
    result.maximum_ms = std::max(result.maximum_ms, round->maximum_ms);
  return result;
}

offer_counts summary_of(const alike<offer_counts>& rounds) {
  auto result = offer_counts{};
  for (const auto* round : rounds)
    for (auto member :
         {&offer_counts::sent, &offer_counts::served, &offer_counts::refused,
          &offer_counts::timed_out, &offer_counts::failed, &offer_counts::lost,
          &offer_counts::surplus})
      result.*member += round->*member;
  return result;
}

resource_figures summary_of(const alike<resource_figures>& rounds) {
  auto result = resource_figures{};
  for (auto member :
       {&resource_figures::rss_before_mb, &resource_figures::rss_after_mb,
        &resource_figures::cpu_sluice, &resource_figures::cpu_nats_server,
        &resource_figures::cpu_bench})
    result.*member = median_of(rounds, member);
  for (const auto* round : rounds)
    result.rss_max_mb = std::max(result.rss_max_mb, round->rss_max_mb);
  return result;
}

template <class T>
std::string first_failure_of(const alike<T>& rounds) {
  for (const auto* round : rounds)
    if (!round->first_failure.empty())
      return round->first_failure;
  return {};
}

overload_measurement summary_of(const alike<overload_measurement>& rounds) {
  using measured = overload_measurement;
  auto result = measured{};
  result.what = rounds.front()->what;
  result.times = rounds.front()->times;
  for (auto member : {&measured::peak_per_second, &measured::offered_per_second,
                      &measured::served_per_second})
    result.*member = median_of(rounds, member);
  result.counts = summary_of(parts_of(rounds, &measured::counts));
  result.served = summary_of(parts_of(rounds, &measured::served));
  result.refused = summary_of(parts_of(rounds, &measured::refused));
  result.resources = summary_of(parts_of(rounds, &measured::resources));
  result.first_failure = first_failure_of(rounds);
  return result;
}

quiet_measurement summary_of(const alike<quiet_measurement>& rounds) {
  auto result = quiet_measurement{};
  result.what = rounds.front()->what;
  result.counts = summary_of(parts_of(rounds, &quiet_measurement::counts));
  result.served = summary_of(parts_of(rounds, &quiet_measurement::served));
  result.first_failure = first_failure_of(rounds);
  return result;
}

hot_measurement summary_of(const alike<hot_measurement>& rounds);

/// Joins, for each place in the lists of the first round, what is there in all
/// rounds.
template <class T>
std::vector<T> summary_of(const alike<std::vector<T>>& rounds) {
  auto result = std::vector<T>{};
  for (auto place = std::size_t{0}; place < rounds.front()->size(); ++place) {
    auto same = alike<T>{};
    for (const auto* round : rounds)
      same.push_back(&(*round)[place]);
    result.push_back(summary_of(same));
  }
  return result;
}

hot_measurement summary_of(const alike<hot_measurement>& rounds) {
  return {.hot = summary_of(parts_of(rounds, &hot_measurement::hot)),
          .quiet = summary_of(parts_of(rounds, &hot_measurement::quiet))};
}

std::uint64_t errors_in(const offer_counts& counts) {
  return counts.failed + counts.lost + counts.surplus;
}

} // namespace

overload_figures summarise(const std::vector<overload_figures>& rounds) {
  auto all = alike<overload_figures>{};
  for (const auto& round : rounds)
    all.push_back(&round);
  return {.offers = summary_of(parts_of(all, &overload_figures::offers)),
          .hot = summary_of(parts_of(all, &overload_figures::hot))};
}

std::uint64_t errors_in(const overload_figures& figures) {
  auto errors = std::uint64_t{0};
  for (const auto& one : figures.offers)
    errors += errors_in(one.counts);
  for (const auto& one : figures.hot) {
    errors += errors_in(one.hot.counts);
    for (const auto& quiet : one.quiet)
      errors += errors_in(quiet.counts);
  }
  return errors;
}

} // namespace sluice::bench
