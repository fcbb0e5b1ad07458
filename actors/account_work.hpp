#pragma once

#include "codec/error.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "security/login_throttle.hpp"
#include "security/source_quota.hpp"

namespace sluice::actors {

/// What a request about accounts waits for, in this order.
enum class account_stage : std::uint8_t {
  token,      ///< Its token's signature.
  lookup,     ///< The row of the user whose password is checked.
  password,   ///< A hash.
  statements, ///< As any other request of a service.
};

/// A login that is tried: counted as failed until it turns out to be right.
/// Where it is never looked at, it does not count.
class login_attempt {
public:
  /// Whom somebody tries to be.
  struct target {
    std::string database;
    std::string email;
    /// Empty: not known.
    std::string source;
    /// Set by `begin`.
    bool is_known = false;
  };
  /// @return how long to wait, if it must not be tried.
  [[nodiscard]] static std::expected<login_attempt, std::chrono::seconds>
  begin(security::login_throttle& throttle, target who);

  login_attempt(login_attempt&& other) noexcept;
  login_attempt& operator=(login_attempt&&) = delete;
  ~login_attempt();

  void succeed();
  /// @return for how long to hold the answer back.
  [[nodiscard]] std::chrono::milliseconds fail();

private:
  login_attempt(security::login_throttle& throttle, target who) noexcept;
  [[nodiscard]] security::login_throttle::attempt view() const noexcept;
  /// Null once it has turned out.
  security::login_throttle* throttle_;
  target who_;
};

/// A password that is to be stored for a source: counted from its beginning, so
/// that those that come at once are not free. Where it is never looked at, it
/// does not count.
class hash_use {
public:
  /// @return how long to wait, if it must not be.
  [[nodiscard]] static std::expected<hash_use, std::chrono::seconds>
  begin(security::source_quota& quota, std::string source);

  hash_use(hash_use&& other) noexcept;
  hash_use& operator=(hash_use&&) = delete;
  ~hash_use();

  /// A hasher has begun.
  void spend() noexcept;

private:
  hash_use(security::source_quota& quota, std::string source) noexcept;
  /// Null once it is spent.
  security::source_quota* quota_;
  std::string source_;
};

/// The part of a job that only requests about accounts have.
struct account_work {
  account_stage stage = account_stage::statements;
  /// To be checked.
  std::string token = {};
  /// Sluice-Client-Address
  std::string source = {};
  /// What it asks for, in a few bytes that only this server can make.
  std::string digest = {};
  /// Of the user whose password is checked; empty: there is none.
  std::string account_hash = {};
  /// Text of the reply.
  std::string refresh_token = {};
  std::optional<login_attempt> attempt = {};
  std::optional<hash_use> use = {};
  /// It is refused, unless its reply is remembered.
  std::optional<codec::error> refusal = {};
};

} // namespace sluice::actors
