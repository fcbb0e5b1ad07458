#pragma once

#include "messaging/file_descriptor.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace sluice::tests {

/// A client of NATS that sends requests, and reads nothing unless it is told
/// to: a program that hangs. It is gone, without a word, with this object.
class raw_nats_client {
public:
  /// Connects to 127.0.0.1 and subscribes to `inbox`.
  raw_nats_client(const std::string& url, std::string inbox);

  /// Sends a request whose replies come to the inbox.
  /// @param header one line, `Name: value`; empty: none.
  void send(const std::string& subject, std::string_view body,
            const std::string& header = {});

  /// Reads until `text` has come; throws if it does not.
  void await(const std::string& text);

private:
  void write(const std::string& text);

  std::string inbox_;
  messaging::file_descriptor socket_;
};

} // namespace sluice::tests
