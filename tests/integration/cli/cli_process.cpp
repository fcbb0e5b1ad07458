#include "tests/integration/cli/cli_process.hpp"

#include "tests/support/temporary_directory.hpp"
#include "tests/support/text_file.hpp"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <fstream>
#include <stdexcept>
#include <string_view>

namespace sluice::tests {

namespace {

/// The environment without Sluice's variables, and then `variables`.
std::vector<std::string>
environment_with(const std::vector<std::string>& variables) {
  auto result = std::vector<std::string>{};
  for (auto** entry = environ; *entry != nullptr; ++entry)
    if (!std::string_view{*entry}.starts_with("SLUICE_"))
      result.emplace_back(*entry);
  result.insert(result.end(), variables.begin(), variables.end());
  return result;
}

std::vector<char*> pointers_to(std::vector<std::string>& texts) {
  auto result = std::vector<char*>{};
  for (auto& text : texts)
    result.push_back(text.data());
  result.push_back(nullptr);
  return result;
}

/// In the child: puts a file in place of a standard stream.
void redirect(const std::string& file, int flags, int target) {
  const auto opened = ::open(file.c_str(), flags | O_CLOEXEC, 0600);
  if (opened < 0 || ::dup2(opened, target) < 0)
    ::_exit(126);
}

} // namespace

cli_outcome run_cli(const std::vector<std::string>& arguments,
                    const std::string& input,
                    const std::vector<std::string>& variables) {
  // Files cannot fill up as pipes do, so nobody has to read along.
  const auto directory = temporary_directory{};
  const auto in = (directory.path() / "in").string();
  const auto out = (directory.path() / "out").string();
  const auto err = (directory.path() / "err").string();
  std::ofstream{in, std::ios::binary} << input;
  auto words = arguments;
  words.insert(words.begin(), SLUICE_PROGRAM);
  auto environment = environment_with(variables);
  const auto argv = pointers_to(words);
  const auto envp = pointers_to(environment);
  const auto child = ::fork();
  if (child < 0)
    throw std::runtime_error{"cannot fork"};
  if (child == 0) {
    redirect(in, O_RDONLY, STDIN_FILENO);
    redirect(out, O_WRONLY | O_CREAT, STDOUT_FILENO);
    redirect(err, O_WRONLY | O_CREAT, STDERR_FILENO);
    ::execve(SLUICE_PROGRAM, argv.data(), envp.data());
    ::_exit(127);
  }
  auto status = 0;
  while (::waitpid(child, &status, 0) < 0)
    if (errno != EINTR)
      throw std::runtime_error{"cannot wait for the program"};
  return {WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status),
          read_text_file(out), read_text_file(err)};
}

} // namespace sluice::tests
