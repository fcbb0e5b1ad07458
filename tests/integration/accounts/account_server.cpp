#include "tests/integration/accounts/account_server.hpp"

#include "codec/json_writer.hpp"

#include <stdexcept>
#include <utility>

namespace sluice::tests {

namespace {

std::string without_quotes(const std::string& json) {
  if (json.size() < 2 || json.front() != '"')
    throw std::runtime_error{"no text: " + json};
  return json.substr(1, json.size() - 2);
}

} // namespace

std::vector<std::string> cheap_passwords(std::vector<std::string> more) {
  more.insert(more.end(), {"--auth-password-memory-bytes", "8388608",
                           "--auth-password-passes", "1"});
  return more;
}

account_server::account_server(std::vector<std::string> options)
    : service_server{cheap_passwords(std::move(options))} {
  // nop
}

login login_of(const reply& got) {
  return {without_quotes(got.at("/token")),
          without_quotes(got.at("/refresh_token"))};
}

std::string credentials(std::string_view email, std::string_view password) {
  return "{\"email\":" + codec::quoted(email)
         + ",\"password\":" + codec::quoted(password) + "}";
}

login account_server::add_account(const std::string& name) {
  return login_of(must(
      "auth.register",
      "{\"name\":" + codec::quoted(name)
          + ",\"email\":" + codec::quoted(name + "@example.org")
          + ",\"password\":" + codec::quoted("password of " + name) + "}"));
}

login account_server::log_in(const std::string& name) {
  return login_of(must(
      "auth.login", credentials(name + "@example.org", "password of " + name)));
}

reply account_server::ask_as(std::string_view token, const std::string& tail,
                             std::string_view body) {
  return ask(tail, body, {{"Authorization", "Bearer " + std::string{token}}});
}

reply account_server::must_as(std::string_view token, const std::string& tail,
                              std::string_view body) {
  auto got = ask_as(token, tail, body);
  if (got.at("/success") != "true")
    throw std::runtime_error{tail + ": " + got.body()};
  return got;
}

std::string account_server::failure_as(std::string_view token,
                                       const std::string& tail,
                                       std::string_view body) {
  return failure_of(ask_as(token, tail, body));
}

reply account_server::refresh(std::string_view refresh_token) {
  return ask("auth.refresh",
             "{\"refresh_token\":" + codec::quoted(refresh_token) + "}");
}

} // namespace sluice::tests
