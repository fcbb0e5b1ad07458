#include "security/secret_file.hpp"

#include "codec/base64.hpp"

#include <fcntl.h>
#include <sodium.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <utility>

namespace sluice::security {

using codec::error_code;

namespace {

/// A file that is open.
class descriptor {
public:
  explicit descriptor(int number) noexcept : number_{number} {
    // nop
  }
  descriptor(const descriptor&) = delete;
  descriptor& operator=(const descriptor&) = delete;
  ~descriptor() {
    if (number_ >= 0)
      ::close(number_);
  }
  [[nodiscard]] int number() const noexcept {
    return number_;
  }
  [[nodiscard]] bool is_open() const noexcept {
    return number_ >= 0;
  }

private:
  int number_;
};

std::unexpected<codec::error> cannot(const std::string& what,
                                     const std::string& path, int problem) {
  return codec::fail(error_code::storage, "cannot " + what + " " + path + ": "
                                              + std::strerror(problem));
}

codec::result<std::string> read_all(int file, const std::string& path) {
  // One more tells that there is more.
  auto buffer = std::string(secret_file_bytes_max + 1, '\0');
  auto size = std::size_t{0};
  while (size < buffer.size()) {
    const auto got = ::read(file, buffer.data() + size, buffer.size() - size);
    if (got < 0 && errno == EINTR)
      continue;
    if (got < 0)
      return cannot("read", path, errno);
    if (got == 0)
      break;
    size += static_cast<std::size_t>(got);
  }
  if (size > secret_file_bytes_max)
    return codec::fail(error_code::storage,
                       path + " is larger than "
                           + std::to_string(secret_file_bytes_max)
                           + " bytes: it is no file with a key");
  buffer.resize(size);
  buffer.erase(buffer.find_last_not_of(" \t\r\n") + 1);
  return buffer;
}

bool write_all(int file, std::string_view text) {
  while (!text.empty()) {
    const auto written = ::write(file, text.data(), text.size());
    if (written < 0 && errno == EINTR)
      continue;
    if (written <= 0)
      return false;
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

codec::result<void> sync_folder_of(const std::string& path) {
  auto folder = std::filesystem::path{path}.parent_path();
  if (folder.empty())
    folder = ".";
  const auto opened
      = descriptor{::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
  if (!opened.is_open() || ::fsync(opened.number()) != 0)
    return cannot("sync the folder", folder.string(), errno);
  return {};
}

std::string make_secret() {
  auto noise = std::array<std::byte, 32>{};
  randombytes_buf(noise.data(), noise.size());
  auto result = codec::base64url_encode(noise);
  sodium_memzero(noise.data(), noise.size());
  return result;
}

} // namespace

codec::result<std::optional<secret_file>>
read_secret_file(const std::string& path) {
  // Without waiting, should it be a pipe.
  const auto file
      = descriptor{::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)};
  if (!file.is_open() && errno == ENOENT)
    return std::nullopt;
  if (!file.is_open())
    return cannot("read", path, errno);
  struct stat found = {};
  if (::fstat(file.number(), &found) != 0)
    return cannot("look at", path, errno);
  if (!S_ISREG(found.st_mode))
    return codec::fail(error_code::storage, path + " is no regular file");
  if ((found.st_mode & (S_IWGRP | S_IWOTH)) != 0)
    return codec::fail(error_code::storage,
                       "others than the owner may write to " + path
                           + ", and so choose the key: chmod go-w " + path);
  auto content = read_all(file.number(), path);
  if (!content)
    return std::unexpected{std::move(content.error())};
  return secret_file{std::move(*content),
                     (found.st_mode & (S_IRGRP | S_IROTH)) != 0};
}

codec::result<std::string> create_secret_file(const std::string& path) {
  const auto unfinished = path + ".new";
  auto secret = make_secret();
  {
    // What a crash has left there is not finished, so nobody has used it.
    ::unlink(unfinished.c_str());
    const auto file = descriptor{::open(
        unfinished.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600)};
    if (!file.is_open())
      return cannot("make", unfinished, errno);
    // Whatever umask says.
    if (::fchmod(file.number(), 0600) != 0
        || !write_all(file.number(), secret + "\n")
        || ::fsync(file.number()) != 0) {
      const auto problem = errno;
      ::unlink(unfinished.c_str());
      return cannot("write", unfinished, problem);
    }
  }
  // Unlike `rename` it does not replace what has come there meanwhile.
  const auto is_there = ::link(unfinished.c_str(), path.c_str()) == 0;
  const auto problem = errno;
  ::unlink(unfinished.c_str());
  if (!is_there)
    return cannot("make", path, problem);
  if (auto synced = sync_folder_of(path); !synced)
    return std::unexpected{std::move(synced.error())};
  return secret;
}

} // namespace sluice::security
