#include "tests/integration/server/nats_sample.hpp"

#include "messaging/listening_port.hpp"
#include "tests/support/expect.hpp"
#include "tests/support/text_file.hpp"

#include <stdexcept>

namespace sluice::tests {

namespace {

/// $0 is the folder, $1 that of the samples, $2 the configuration, $3 the port.
/// One password is there as its bcrypt hash only.
constexpr auto script = R"(
set -e
"$1/make_certificates.sh" "$0/certificates" nats.example.org
"$1/make_certificates.sh" --client client "$0/certificates"
cd "$0"
export NATS_SERVICE_PASSWORD=service-password
export NATS_FRONTEND_PASSWORD='"frontend-password"'
export NATS_ANALYST_PASSWORD=analyst-password
export NATS_ADMIN_PASSWORD='$2a$04$abcdefghijklmnopqrstuu5rsgb6VmEURHqAUx7j0FWXlnroTUMnO'
PATH=$PATH:/usr/sbin exec nats-server --config "$2" --addr 127.0.0.1 --port "$3"
)";

} // namespace

std::string nats_sample_folder() {
  return SLUICE_NATS_SAMPLES;
}

nats_sample::nats_sample(const std::string& configuration)
    : port_{must(messaging::choose_port("127.0.0.1", 0, false))} {
  const auto folder = directory_.path().string();
  process_ = must(messaging::child_process::start(
      "/bin/bash",
      {"-c", script, folder, nats_sample_folder(),
       configuration.empty() ? nats_sample_folder() + "/server.conf"
                             : configuration,
       std::to_string(port_)},
      folder + "/log"));
  wait_until("nats-server greets", patience, [this] {
    if (process_.wait({}))
      throw std::runtime_error{read_text_file(directory_.path() / "log")};
    return messaging::greets("127.0.0.1", port_, std::chrono::seconds{1});
  });
}

std::string nats_sample::url() const {
  return "tls://localhost:" + std::to_string(port_);
}

std::string nats_sample::certificate(const std::string& name) const {
  return (directory_.path() / "certificates" / name).string();
}

config::nats_settings nats_sample::settings_of(const std::string& name) const {
  auto result = config::nats_settings{};
  result.tls = true;
  result.tls_ca_file = certificate("ca.pem");
  result.user = name;
  result.password = name + "-password";
  result.inbox_prefix = "_INBOX_" + name;
  return result;
}

std::vector<std::string>
nats_sample::options_of(const std::string& name) const {
  return {"--nats-url",          url(),
          "--nats-tls-ca-file",  certificate("ca.pem"),
          "--nats-user",         name,
          "--nats-password",     name + "-password",
          "--nats-inbox-prefix", "_INBOX_" + name};
}

} // namespace sluice::tests
