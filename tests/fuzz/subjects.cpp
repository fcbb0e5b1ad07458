#include "services/discovery.hpp"
#include "services/endpoint.hpp"
#include "tests/fuzz/finding.hpp"
#include "tests/fuzz/target.hpp"

#include <algorithm>
#include <array>
#include <string>

/// A subject, as NATS delivers it.
namespace sluice::fuzz {

namespace {

using services::discovery_verb;

/// The row's subject with the database's name in its place.
std::string assemble(const services::endpoint& row, std::string_view database) {
  auto result = std::string{row.subject};
  if (const auto star = result.find('*'); star != std::string::npos)
    result.replace(star, 1, database);
  return result;
}

/// Whether the row serves the subject: another way to say it.
bool serves(const services::endpoint& row, std::string_view tail) {
  const auto star = row.subject.find('*');
  if (star == std::string_view::npos)
    return tail == row.subject;
  const auto before = row.subject.substr(0, star);
  const auto behind = row.subject.substr(star + 1);
  if (tail.size() <= before.size() + behind.size() || !tail.starts_with(before)
      || !tail.ends_with(behind))
    return false;
  tail.remove_prefix(before.size());
  tail.remove_suffix(behind.size());
  return !tail.contains('.');
}

void check_endpoint(std::string_view tail) {
  const auto found = services::resolve(tail);
  const auto rows = services::endpoints();
  const auto expected = std::ranges::find_if(
      rows, [tail](const auto& row) { return serves(row, tail); });
  expect(found.has_value() == (expected != rows.end()),
         "a subject is served if a row has it");
  if (!found)
    return;
  expect(found->id == expected->id, "the row is the one that has the subject");
  expect(assemble(*expected, found->database) == tail,
         "the row and the name make the subject");
  const auto has_name = expected->subject.contains('*');
  expect(found->database.empty() != has_name,
         "there is a name where the row has a place for one");
}

void check_name(std::string_view name) {
  constexpr auto first
      = std::string_view{"abcdefghijklmnopqrstuvwxyz0123456789"};
  constexpr auto more
      = std::string_view{"abcdefghijklmnopqrstuvwxyz0123456789_-"};
  const auto expected
      = !name.empty() && name.size() < 64 && first.contains(name[0])
        && name.find_first_not_of(more) == std::string_view::npos;
  expect(services::is_database_name(name) == expected,
         "a name is [a-z0-9][a-z0-9_-]{0,62}");
}

discovery_verb expected_verb(std::string_view subject,
                             const services::service_identity& self) {
  for (const auto& [word, verb] :
       {std::pair{"$SRV.PING", discovery_verb::ping},
        std::pair{"$SRV.INFO", discovery_verb::info},
        std::pair{"$SRV.STATS", discovery_verb::stats}}) {
    const auto all = std::string{word};
    const auto named = all + "." + self.name;
    if (subject == all || subject == named || subject == named + "." + self.id)
      return verb;
  }
  return discovery_verb::none;
}

} // namespace

bool run_input(std::string_view input) {
  static const auto self = [] {
    auto result = services::service_identity{};
    result.id = "k0";
    return result;
  }();
  check_endpoint(input);
  check_name(input);
  expect(services::resolve_discovery(input, self) == expected_verb(input, self),
         "$SRV is understood as ADR-32 has it");
  return true;
}

} // namespace sluice::fuzz
