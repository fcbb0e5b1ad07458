#include "tests/support/sluice_process.hpp"

#include "tests/support/expect.hpp"
#include "tests/support/text_file.hpp"

#include <catch2/catch_message.hpp>

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <iterator>

namespace sluice::tests {

namespace {

/// Keeps the two streams apart, which the child's own file would not.
constexpr auto shell_line = R"(exec "$@" >"$0/out" 2>"$0/log")";

bool names(const std::vector<std::string>& options, const std::string& name) {
  return std::ranges::find(options, name) != options.end();
}

} // namespace

sluice_process::sluice_process(std::vector<std::string> options)
    : sluice_process{std::move(options), start_mode::wait} {}

sluice_process::sluice_process(std::vector<std::string> options,
                               start_mode mode,
                               std::vector<std::string> launcher)
    : options_{std::move(options)}, launcher_{std::move(launcher)} {
  if (!names(options_, "--nats-url") && !names(options_, "--nats-listen"))
    options_.insert(options_.end(), {"--nats-listen", "127.0.0.1:0"});
  if (mode == start_mode::wait)
    start();
  else if (mode == start_mode::launch)
    launch();
}

void sluice_process::launch() {
  const auto folder = directory_.path().string();
  for (const auto* file : {"out", "log"})
    std::filesystem::remove(directory_.path() / file);
  auto words = std::vector<std::string>{"-c", shell_line, folder};
  words.insert(words.end(), launcher_.begin(), launcher_.end());
  words.insert(words.end(), {SLUICE_PROGRAM, "serve"});
  if (!names(options_, "--data"))
    words.insert(words.end(), {"--data", data()});
  words.insert(words.end(), options_.begin(), options_.end());
  process_ = must(
      messaging::child_process::start("/bin/sh", words, folder + "/shell"));
}

void sluice_process::wait_until_ready() {
  wait_until("sluice is ready", patience, [this] {
    if (!is_running())
      throw std::runtime_error{"sluice " + process_.ending() + ":\n" + log()};
    const auto text = out();
    return text.starts_with("ready ") && text.find('\n') != text.npos;
  });
}

void sluice_process::start() {
  launch();
  wait_until_ready();
}

int sluice_process::stop() {
  return stop(SIGTERM);
}

int sluice_process::stop(int signal) {
  ::kill(process_.id(), signal);
  const auto status = wait();
  if (status != 0)
    UNSCOPED_INFO("sluice has ended with " << status << ":\n" << log());
  return status;
}

void sluice_process::kill() {
  ::kill(process_.id(), SIGKILL);
  wait();
}

int sluice_process::wait() {
  if (!process_.wait(patience))
    throw std::runtime_error{"sluice does not end:\n" + log()};
  return process_.exit_status();
}

bool sluice_process::is_running() {
  return !process_.wait({});
}

std::string sluice_process::url() const {
  const auto text = out();
  const auto begin = text.find(' ') + 1;
  return text.substr(begin, text.find_first_of(" \n", begin) - begin);
}

std::string sluice_process::data() const {
  const auto named = std::ranges::find(options_, "--data");
  if (named != options_.end())
    return *std::next(named);
  return (directory_.path() / "data").string();
}

std::string sluice_process::out() const {
  return read_text_file(directory_.path() / "out");
}

std::string sluice_process::log() const {
  return read_text_file(directory_.path() / "log");
}

void sluice_process::await_log(const std::string& text) const {
  wait_until("the log says: " + text, patience,
             [this, &text] { return log().contains(text); });
}

} // namespace sluice::tests
