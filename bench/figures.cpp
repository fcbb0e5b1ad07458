#include "bench/figures.hpp"

#include "bench/median.hpp"

#include <algorithm>
#include <map>
#include <utility>

namespace sluice::bench {

namespace {

void compare_with_echo(std::vector<measurement>& all) {
  auto echoes = std::map<std::pair<std::uint32_t, std::uint32_t>, double>{};
  for (const auto& one : all)
    if (one.what == scenario::echo)
      echoes[{one.round, one.in_flight}] = one.requests_per_second;
  for (auto& one : all) {
    const auto echo = echoes.find({one.round, one.in_flight});
    if (echo != echoes.end() && echo->second > 0)
      one.of_echo = one.requests_per_second / echo->second;
  }
}

measurement summary_of(const std::vector<measurement>& rounds) {
  auto result = measurement{};
  result.what = rounds.front().what;
  result.in_flight = rounds.front().in_flight;
  for (auto member : {&measurement::requests_per_second, &measurement::of_echo,
                      &measurement::rows_per_second, &measurement::p50_us,
                      &measurement::p99_us})
    result.*member = median_of(rounds, member);
  for (const auto& round : rounds) {
    result.maximum_us = std::max(result.maximum_us, round.maximum_us);
    result.errors += round.errors;
    if (result.first_error.empty())
      result.first_error = round.first_error;
  }
  return result;
}

} // namespace

std::vector<figure> summarise(std::vector<measurement> measurements) {
  compare_with_echo(measurements);
  auto figures = std::vector<figure>{};
  for (auto& one : measurements) {
    auto same = std::ranges::find_if(figures, [&one](const figure& of) {
      return of.rounds.front().what == one.what
             && of.rounds.front().in_flight == one.in_flight;
    });
    if (same == figures.end())
      same = figures.emplace(same);
    same->rounds.push_back(std::move(one));
  }
  for (auto& of : figures)
    of.summary = summary_of(of.rounds);
  return figures;
}

std::uint64_t errors_in(const std::vector<figure>& figures) {
  auto errors = std::uint64_t{0};
  for (const auto& of : figures)
    errors += of.summary.errors;
  return errors;
}

} // namespace sluice::bench
