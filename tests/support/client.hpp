#pragma once

#include "messaging/connection.hpp"

#include <chrono>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>

namespace sluice::tests {

/// A reply, with its JSON at hand.
struct reply {
  messaging::owned_message message;

  [[nodiscard]] const std::string& body() const {
    return message.payload;
  }
  [[nodiscard]] std::string header(std::string_view name) const {
    return std::string{message.header(name)};
  }
  /// The JSON text of the value that a JSON pointer (RFC 6901) leads to:
  /// `at("/results/0/name") == "\"Ann\""`; "(none)" if there is none.
  [[nodiscard]] std::string at(std::string_view pointer) const;
  /// The value of "code", or nothing for a success.
  [[nodiscard]] std::string code() const;
};

/// A client of a server, over NATS. Throws where there is no reply.
class client {
public:
  /// @param settings credentials and TLS, where the NATS server wants them.
  explicit client(const std::string& url,
                  const config::nats_settings& settings = {});

  /// @param subject the whole of it.
  [[nodiscard]] reply request(const std::string& subject, std::string_view body,
                              std::initializer_list<messaging::header> headers
                              = {});

  /// Sends to `sluice.db.<database>.query` and `.exec`.
  [[nodiscard]] reply query(const std::string& database, std::string_view body,
                            std::initializer_list<messaging::header> headers
                            = {});
  [[nodiscard]] reply exec(const std::string& database, std::string_view body,
                           std::initializer_list<messaging::header> headers
                           = {});

  /// A query of one SQL text that must succeed.
  reply run(const std::string& database, std::string_view sql);

  void create_database(const std::string& name);

  [[nodiscard]] messaging::connection& connection() noexcept {
    return *connection_;
  }

private:
  std::unique_ptr<messaging::connection> connection_;
};

} // namespace sluice::tests
