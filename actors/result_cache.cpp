#include "actors/result_cache.hpp"

#include <variant>

namespace sluice::actors {

namespace {

/// What an entry takes besides its texts, about.
constexpr auto entry_overhead_bytes = std::size_t{256};

/// Appends a value so that no two look alike.
struct value_text {
  std::string& out;
  void operator()(std::monostate) const {
    out += "|-";
  }
  void operator()(std::int64_t x) const {
    out += "|i" + std::to_string(x);
  }
  void operator()(double x) const {
    out += "|r" + std::to_string(x);
  }
  void operator()(const std::string& x) const {
    out += "|t" + std::to_string(x.size()) + ":" + x;
  }
  void operator()(const codec::blob&) const {
    // No field of a request is one.
    out += "|b";
  }
};

} // namespace

result_cache::result_cache(const config::service_settings& bounds)
    : bytes_max_{bounds.cache_bytes_max}, age_max_{bounds.cache_ms_max} {
  // nop
}

std::optional<result_cache::key>
result_cache::key_of(const services::service_request& request,
                     std::string_view database_uuid,
                     std::uint64_t commit_number) {
  const auto& operation = *request.operation;
  if (operation.reuse == services::reuse::never)
    return std::nullopt;
  auto result = key{.text = std::string{database_uuid},
                    .commit_number = commit_number,
                    .is_timed
                    = operation.reuse == services::reuse::until_commit_or_time};
  // A declaration is known by where it is: it lives as long as the program.
  result.text += std::to_string(reinterpret_cast<std::uintptr_t>(&operation));
  for (const auto& each : request.arguments)
    std::visit(value_text{result.text}, each.value);
  return result;
}

std::optional<std::string> result_cache::find(const key& wanted,
                                              clock::time_point now) {
  const auto guard = std::lock_guard{mutex_};
  const auto found = index_.find(wanted.text);
  if (found != index_.end()) {
    const auto& at = *found->second;
    if (at.commit_number == wanted.commit_number
        && (!wanted.is_timed || now - at.made_at < age_max_)) {
      entries_.splice(entries_.begin(), entries_, found->second);
      hits_.fetch_add(1, std::memory_order_relaxed);
      return at.body;
    }
  }
  misses_.fetch_add(1, std::memory_order_relaxed);
  return std::nullopt;
}

void result_cache::keep(const key& of, std::string_view body,
                        clock::time_point now) {
  auto made = entry{of.text, of.commit_number, now, std::string{body}};
  if (bytes_of(made) > bytes_max_)
    return;
  const auto guard = std::lock_guard{mutex_};
  if (const auto found = index_.find(of.text); found != index_.end()) {
    // A slow reader must not put an older reply in the place of a newer one.
    if (found->second->commit_number > of.commit_number)
      return;
    erase(found->second);
  }
  bytes_ += bytes_of(made);
  entries_.push_front(std::move(made));
  index_.emplace(entries_.front().text, entries_.begin());
  while (bytes_ > bytes_max_)
    erase(std::prev(entries_.end()));
}

std::size_t result_cache::bytes_of(const entry& x) noexcept {
  return x.text.size() + x.body.size() + entry_overhead_bytes;
}

void result_cache::erase(entry_list::iterator x) {
  bytes_ -= bytes_of(*x);
  index_.erase(x->text);
  entries_.erase(x);
}

} // namespace sluice::actors
