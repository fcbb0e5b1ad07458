#include "cli/rival_services.hpp"

#include "messaging/reply_stream.hpp"

#include <simdjson.h>
#include <spdlog/spdlog.h>

#include <chrono>

namespace sluice::cli {

namespace {

namespace dom = simdjson::dom;

/// How long an answer is waited for where somebody listens, and how long after
/// the last answer another one is.
constexpr auto first_patience = std::chrono::milliseconds{2'000};
constexpr auto answer_patience = std::chrono::milliseconds{300};
constexpr auto question = "$SRV.INFO.sluice";
/// More than any sensible number of servers.
constexpr auto answers_max = 100;

std::string_view text_of(const simdjson::simdjson_result<dom::element>& value) {
  auto text = std::string_view{};
  return value.get(text) == simdjson::SUCCESS ? text : std::string_view{};
}

bool serves_below(const dom::element& info, std::string_view prefix) {
  auto endpoints = dom::array{};
  if (info["endpoints"].get(endpoints) != simdjson::SUCCESS)
    return false;
  for (const auto endpoint : endpoints) {
    const auto subject = text_of(endpoint["subject"]);
    if (subject.starts_with(prefix)
        && subject.substr(prefix.size()).starts_with('.'))
      return true;
  }
  return false;
}

} // namespace

std::string rival_in(std::string_view info, std::string_view own_id,
                     std::string_view subject_prefix) {
  auto parser = dom::parser{};
  auto value = dom::element{};
  // Others may answer whatever they like.
  if (parser.parse(info).get(value) != simdjson::SUCCESS)
    return {};
  const auto id = text_of(value["id"]);
  if (id.empty() || id == own_id || !serves_below(value, subject_prefix))
    return {};
  const auto server = text_of(value["metadata"]["server"]);
  return (server.empty() ? std::string{} : std::string{server} + ", ") + "id "
         + std::string{id} + ", version "
         + std::string{text_of(value["version"])};
}

std::string find_rival(messaging::connection& connection,
                       const config::nats_settings& settings,
                       const std::string& own_id) {
  auto asked = messaging::reply_stream::request(connection, question, "", {});
  if (!asked)
    return {};
  // A refusal comes before the answer to that.
  if (connection.sync(first_patience)
      && connection.last_refusal().find(question) != std::string::npos) {
    spdlog::info("whether another service answers {}.> is not known: NATS does "
                 "not let this user ask {} (docs/access.md)",
                 settings.subject_prefix, question);
    return {};
  }
  auto patience = first_patience;
  for (auto i = 0; i < answers_max; ++i) {
    const auto got = (*asked)->next(patience);
    if (!got)
      break;
    const auto rival = rival_in(got->payload, own_id, settings.subject_prefix);
    if (!rival.empty())
      return "another server answers " + settings.subject_prefix + ".> at "
             + connection.url() + ": " + rival
             + "; each request would go to one of them, and only one has its "
               "database";
    patience = answer_patience;
  }
  return {};
}

} // namespace sluice::cli
