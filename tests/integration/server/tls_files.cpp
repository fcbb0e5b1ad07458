#include "tests/integration/server/tls_files.hpp"

#include "messaging/child_process.hpp"
#include "tests/support/expect.hpp"
#include "tests/support/text_file.hpp"

#include <stdexcept>

namespace sluice::tests {

namespace {

/// $0 is the folder.
constexpr auto certificates_script = R"(
set -e
cd "$0"
request() {
  openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
    -keyout "$1.key" -subj "/CN=$1" "${@:2}"
}
request ca -x509 -days 2 -out ca.pem
sign() {
  request "$1" -out "$1.csr"
  printf '%s\n' "$2" >"$1.extensions"
  openssl x509 -req -in "$1.csr" -CA ca.pem -CAkey ca.key -CAcreateserial \
    -days 2 -extfile "$1.extensions" -out "$1.pem"
}
sign server subjectAltName=DNS:localhost
sign foreign subjectAltName=DNS:nats.example.org
sign client extendedKeyUsage=clientAuth
)";

} // namespace

tls_files::tls_files() {
  const auto folder = directory_.path().string();
  auto process = must(messaging::child_process::start(
      "/bin/bash", {"-c", certificates_script, folder}, folder + "/log"));
  if (!process.wait(patience) || process.exit_status() != 0)
    throw std::runtime_error{read_text_file(directory_.path() / "log")};
}

std::string tls_files::certificate(const std::string& name) const {
  return (directory_.path() / (name + ".pem")).string();
}

std::string tls_files::key(const std::string& name) const {
  return (directory_.path() / (name + ".key")).string();
}

std::string tls_files::server_configuration(const std::string& name,
                                            bool verify) const {
  return "tls {\n  cert_file: \"" + certificate(name) + "\"\n  key_file: \""
         + key(name) + "\"\n"
         + (verify
                ? "  verify: true\n  ca_file: \"" + certificate("ca") + "\"\n"
                : std::string{})
         + "}\n";
}

} // namespace sluice::tests
