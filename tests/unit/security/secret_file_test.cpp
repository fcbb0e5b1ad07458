#include "tests/support/temporary_directory.hpp"
#include "tests/support/text_file.hpp"

#include <catch2/catch_test_macros.hpp>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>

#include "security/secret_file.hpp"

namespace sluice::tests {

namespace {

using security::create_secret_file;
using security::read_secret_file;

void set_mode(const std::string& path, mode_t mode) {
  REQUIRE(::chmod(path.c_str(), mode) == 0);
}

std::string refusal_of(const std::string& path) {
  const auto read = read_secret_file(path);
  REQUIRE_FALSE(read);
  CHECK(read.error().message.contains(path));
  return read.error().message;
}

} // namespace

TEST_CASE("a secret that is made is for the owner alone, and is read again",
          "[security]") {
  const auto folder = temporary_directory{};
  const auto path = (folder.path() / "secret").string();
  CHECK_FALSE(read_secret_file(path).value().has_value());
  const auto before = ::umask(0);
  const auto made = create_secret_file(path);
  ::umask(before);
  REQUIRE(made);
  CHECK(made->size() == 43);
  struct stat found = {};
  REQUIRE(::stat(path.c_str(), &found) == 0);
  CHECK((found.st_mode & 0777) == 0600);
  CHECK(found.st_nlink == 1);
  const auto read = read_secret_file(path);
  REQUIRE(read);
  REQUIRE(read->has_value());
  CHECK((*read)->content == *made);
  CHECK_FALSE((*read)->is_readable_by_others);
  CHECK_FALSE(std::filesystem::exists(path + ".new"));
}

TEST_CASE("what a crash left unfinished is no secret", "[security]") {
  const auto folder = temporary_directory{};
  const auto path = (folder.path() / "secret").string();
  write_text_file(path + ".new", "half a sec");
  CHECK_FALSE(read_secret_file(path).value().has_value());
  REQUIRE(create_secret_file(path));
  CHECK((*read_secret_file(path))->content.size() == 43);
}

TEST_CASE("a secret that is there is not replaced", "[security]") {
  const auto folder = temporary_directory{};
  const auto path = (folder.path() / "secret").string();
  const auto first = create_secret_file(path).value();
  const auto second = create_secret_file(path);
  REQUIRE_FALSE(second);
  CHECK(second.error().message.contains(path));
  CHECK((*read_secret_file(path))->content == first);
  CHECK_FALSE(std::filesystem::exists(path + ".new"));
}

TEST_CASE("a secret in a folder that is not there is not made", "[security]") {
  const auto folder = temporary_directory{};
  const auto made = create_secret_file((folder.path() / "no" / "s").string());
  REQUIRE_FALSE(made);
  CHECK(made.error().message.contains("No such file or directory"));
}

TEST_CASE("a file that others may write is refused, one that they may read is "
          "told",
          "[security]") {
  const auto folder = temporary_directory{};
  const auto path = (folder.path() / "secret").string();
  write_text_file(path, "secret\r\n \n");
  set_mode(path, 0600);
  CHECK((*read_secret_file(path))->content == "secret");
  set_mode(path, 0644);
  CHECK((*read_secret_file(path))->is_readable_by_others);
  set_mode(path, 0640);
  CHECK((*read_secret_file(path))->is_readable_by_others);
  for (const auto mode : {0620u, 0602u, 0666u}) {
    set_mode(path, mode);
    CHECK(refusal_of(path).contains("chmod go-w"));
  }
}

TEST_CASE("what is no file of keys is refused", "[security]") {
  const auto folder = temporary_directory{};
  CHECK(refusal_of(folder.path().string()).contains("no regular file"));
  const auto pipe = (folder.path() / "pipe").string();
  REQUIRE(::mkfifo(pipe.c_str(), 0600) == 0);
  // It does not wait for somebody to write.
  CHECK(refusal_of(pipe).contains("no regular file"));
  const auto large = (folder.path() / "large").string();
  write_text_file(large, std::string(16'385, 'x'));
  set_mode(large, 0600);
  CHECK(refusal_of(large).contains("16384"));
}

} // namespace sluice::tests
