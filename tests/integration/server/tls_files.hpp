#pragma once

#include "tests/support/temporary_directory.hpp"

#include <string>

namespace sluice::tests {

/// An authority of certificates, and what it has signed: `server` for
/// localhost, `foreign` for another host, and `client`. Files NAME.pem and
/// NAME.key.
class tls_files {
public:
  /// Made by the program openssl.
  tls_files();

  [[nodiscard]] std::string certificate(const std::string& name) const;
  [[nodiscard]] std::string key(const std::string& name) const;

  /// A nats-server's configuration with the certificate `name`.
  /// @param verify whether clients need one of their own.
  [[nodiscard]] std::string server_configuration(const std::string& name,
                                                 bool verify) const;

private:
  temporary_directory directory_;
};

} // namespace sluice::tests
