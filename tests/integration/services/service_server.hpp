#pragma once

#include "tests/integration/server/app_server.hpp"

#include <initializer_list>
#include <string>
#include <string_view>

namespace sluice::tests {

/// A server with a database `app`, asked as a back end does.
struct service_server : app_server {
  using app_server::app_server;

  /// @param tail e.g. "users.get".
  [[nodiscard]] reply ask(const std::string& tail, std::string_view body,
                          std::initializer_list<messaging::header> headers
                          = {});
  /// A request that must succeed.
  reply must(const std::string& tail, std::string_view body,
             std::initializer_list<messaging::header> headers = {});
  /// "CODE NUMBER: MESSAGE" of one that must fail.
  [[nodiscard]] std::string failure_of_request(const std::string& tail,
                                               std::string_view body);

  /// A user `NAME`, with the address NAME@example.org.
  void add_user(const std::string& name);
  /// A published post of user 1.
  void add_post(const std::string& title, const std::string& content = "");
};

} // namespace sluice::tests
