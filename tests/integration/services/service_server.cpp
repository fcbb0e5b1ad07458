#include "tests/integration/services/service_server.hpp"

#include "codec/json_writer.hpp"

#include <stdexcept>

namespace sluice::tests {

reply service_server::ask(const std::string& tail, std::string_view body,
                          std::initializer_list<messaging::header> headers) {
  return remote.request("sluice." + tail, body, headers);
}

reply service_server::must(const std::string& tail, std::string_view body,
                           std::initializer_list<messaging::header> headers) {
  auto got = ask(tail, body, headers);
  if (got.at("/success") != "true")
    throw std::runtime_error{tail + ": " + got.body()};
  return got;
}

std::string service_server::failure_of_request(const std::string& tail,
                                               std::string_view body) {
  return failure_of(ask(tail, body));
}

void service_server::add_user(const std::string& name) {
  must("users.create", "{\"name\":" + codec::quoted(name) + ",\"email\":"
                           + codec::quoted(name + "@example.org") + "}");
}

void service_server::add_post(const std::string& title,
                              const std::string& content) {
  must("posts.create", R"({"user_id":1,"published":true,"title":)"
                           + codec::quoted(title)
                           + ",\"content\":" + codec::quoted(content) + "}");
}

} // namespace sluice::tests
