#include "actors/reply_subjects.hpp"

#include "config/text_list.hpp"

#include <algorithm>

namespace sluice::actors {

namespace {

/// Whether the subject is `prefix`, or one below it.
bool is_below(std::string_view subject, std::string_view prefix) noexcept {
  return subject.starts_with(prefix)
         && (subject.size() == prefix.size() || subject[prefix.size()] == '.');
}

} // namespace

reply_subjects::reply_subjects(const config::nats_settings& settings)
    : own_{settings.subject_prefix},
      allowed_{config::split_list(settings.reply_prefixes)} {
  // nop
}

std::optional<std::string_view>
reply_subjects::refusal(std::string_view subject) const noexcept {
  // No reply is wanted.
  if (subject.empty())
    return std::nullopt;
  if (subject.starts_with('$'))
    return "it begins with $";
  if (is_below(subject, own_))
    return "it begins with nats.subject_prefix";
  if (!allowed_.empty()
      && std::ranges::none_of(allowed_,
                              [subject](const std::string& prefix) noexcept {
                                return is_below(subject, prefix);
                              }))
    return "nats.reply_prefixes does not list what it begins with";
  return std::nullopt;
}

} // namespace sluice::actors
