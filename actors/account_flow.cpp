#include "actors/account_flow.hpp"

#include "actors/service_plan.hpp"
#include "codec/timestamp.hpp"
#include "messaging/rate_limit.hpp"

#include <sodium.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <string>
#include <utility>

#include "security/refresh_token.hpp"

namespace sluice::actors {

using codec::error_code;
using services::service_request;
using services::session_use;
using services::token_place;
using std::chrono::milliseconds;

namespace {

constexpr auto client_address_bytes_max = std::size_t{64};

const auto hashers_are_full
    = codec::error{error_code::overloaded,
                   "too many passwords wait to be hashed (auth.hash_queue_max);"
                   " nothing was executed"};
const auto checkers_are_full
    = codec::error{error_code::overloaded,
                   "too many tokens wait to be checked; nothing was executed"};

service_request& request_of(job& work) noexcept {
  return std::get<service_request>(work.body);
}

/// What the fingerprint of a request covers of it.
std::string to_text(const codec::blob& bytes) {
  return {reinterpret_cast<const char*>(bytes.bytes.data()),
          bytes.bytes.size()};
}

bool is_client_address(std::string_view text) noexcept {
  return text.size() <= client_address_bytes_max
         && std::ranges::all_of(text,
                                [](char c) { return c > ' ' && c < '\x7f'; });
}

/// Addresses are the same in any case of letters, as for SQLite's NOCASE.
std::string lower(std::string_view text) {
  auto result = std::string{text};
  std::ranges::transform(result, result.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  return result;
}

void pass_to_hashers(authentication& shared, job_ptr work) {
  work->account->stage = account_stage::password;
  shared.hashing.push(std::move(work), hashers_are_full);
}

/// Whether a password in the request must be right.
bool checks_password(const service_request& request) noexcept {
  const auto& rules = request.operation->authentication;
  return !rules.checked.empty()
         && (rules.checked_with.empty() || request.has(rules.checked_with));
}

/// A hash that is not computed is no password of anybody, which whoever stored
/// it should know.
void warn_of_cost(std::string_view database) {
  static auto lines = messaging::rate_limit{1};
  if (const auto others = lines.pass())
    spdlog::warn("a user of the database {} could not log in, and {} before: "
                 "the stored hash of the password costs more than {} times "
                 "auth.password_memory_bytes and auth.password_passes",
                 database, *others, security::stored_cost_factor_max);
}

/// Leaves nothing of a password in the request.
void wipe(service_request& request, std::string_view field) {
  const auto fields = request.operation->fields;
  for (auto i = std::size_t{0}; i < fields.size(); ++i)
    if (fields[i].name == field)
      if (auto* text = std::get_if<std::string>(&request.arguments[i].value)) {
        sodium_memzero(text->data(), text->size());
        text->clear();
      }
}

} // namespace

const services::authentication_rules& rules_of(const job& work) noexcept {
  return std::get<service_request>(work.body).operation->authentication;
}

bool waits_for_lookup(const job& work) noexcept {
  return work.account && work.account->stage == account_stage::lookup;
}

codec::result<void> look_up_account(storage::connection& connection,
                                    authentication& shared, job_ptr work,
                                    const storage::execution_limits& limits) {
  auto& request = request_of(*work);
  auto unused = codec::json_writer{};
  auto found = service_plan{connection, request, limits, unused}.look_up();
  if (!found) {
    // The request may have ended the session itself, and come again: it is
    // judged where its reply is remembered.
    if (found.error().code == error_code::unauthenticated && work->identity) {
      work->account->refusal = std::move(found.error());
      pass_to_hashers(shared, std::move(work));
      return {};
    }
    work->reply.fail(found.error());
    return std::unexpected{std::move(found.error())};
  }
  if (found->id != 0) {
    request.extra.emplace_back("account_id", found->id);
    request.extra.emplace_back("account_hash", found->hash);
    work->account->account_hash = std::move(found->hash);
  }
  pass_to_hashers(shared, std::move(work));
  return {};
}

account_flow::account_flow(serving_context context, catalog_actor catalog)
    : context_{context}, catalog_{std::move(catalog)},
      tokens_{context.accounts.keys, context.accounts.rules} {
  // nop
}

void account_flow::start(job_ptr work, const arrival& with) {
  auto& shared = context_.accounts;
  const auto& request = request_of(*work);
  work->account = std::make_unique<account_work>();
  auto& account = *work->account;
  if (!is_client_address(with.client_address)) {
    work->reply.fail({error_code::bad_request,
                      "the header Sluice-Client-Address must be one word of at "
                      "most "
                          + std::to_string(client_address_bytes_max)
                          + " visible ASCII characters"});
    return;
  }
  account.source = with.client_address;
  if (work->identity)
    account.digest = to_text(
        shared.seal.fingerprint({with.endpoint, work->database, with.payload}));
  if (rules_of(*work).token == token_place::none) {
    after_token(std::move(work));
    return;
  }
  const auto token = find_token(request, with.authorization);
  if (!token) {
    work->reply.fail(token.error());
    return;
  }
  if (shared.keys.takes_long(*token)) {
    account.stage = account_stage::token;
    account.token = *token;
    shared.checking.push(std::move(work), checkers_are_full);
    return;
  }
  if (auto bound = bind_token(*work, *token); !bound) {
    work->reply.fail(bound.error());
    return;
  }
  after_token(std::move(work));
}

codec::result<std::string_view>
account_flow::find_token(const service_request& request,
                         std::string_view authorization) const {
  if (request.operation->authentication.token == token_place::field)
    return request.text("token");
  return security::parse_authorization(authorization);
}

codec::result<void> account_flow::bind_token(job& work,
                                             std::string_view token) {
  auto claims = tokens_.verify(token, std::chrono::system_clock::now());
  if (!claims)
    return std::unexpected{std::move(claims.error())};
  // Ids of users are the same in every database.
  if (claims->subject.database != work.database)
    return codec::fail(error_code::unauthenticated,
                       "the token is not one of this database");
  auto& extra = request_of(work).extra;
  extra.emplace_back("caller_id", claims->subject.user_id);
  extra.emplace_back("caller_session", std::move(claims->subject.session));
  extra.emplace_back("token_expires_at",
                     codec::format_timestamp(claims->expires_at));
  return {};
}

/// It is known for whom the request is.
void account_flow::after_token(job_ptr work) {
  auto& shared = context_.accounts;
  const auto& request = request_of(*work);
  const auto& rules = rules_of(*work);
  auto& account = *work->account;
  auto& identity = work->identity;
  if (identity.has_value())
    // The token may be another one when the request is repeated.
    identity->fingerprint = shared.seal.fingerprint(
        {account.digest, std::to_string(request.integer("caller_id"))});
  if (auto prepared = prepare_session(*work); !prepared) {
    work->reply.fail(prepared.error());
    return;
  }
  const auto stores = !rules.hashed.empty() && request.has(rules.hashed);
  if (stores) {
    if (auto begun = begin_use(*work); !begun) {
      work->reply.fail(begun.error());
      return;
    }
  }
  if (checks_password(request)) {
    if (auto begun = begin_attempt(*work); !begun) {
      work->reply.fail(begun.error());
      return;
    }
    account.stage = account_stage::lookup;
    work->route = job_route::reader;
    hand_over(std::move(work));
    return;
  }
  if (stores) {
    pass_to_hashers(shared, std::move(work));
    return;
  }
  go_on(std::move(work));
}

codec::result<void> account_flow::prepare_session(job& work) const {
  auto& request = request_of(work);
  const auto use = rules_of(work).session;
  const auto& settings = context_.accounts.settings;
  auto& extra = request.extra;
  const auto names_one
      = use == session_use::renews
        || (use == session_use::names && request.has("refresh_token"));
  if (names_one) {
    auto given = security::hash_refresh_token(request.text("refresh_token"));
    if (!given)
      return codec::fail(error_code::unauthenticated,
                         "the refresh token is not valid");
    extra.emplace_back("given_family", std::move(given->session));
    extra.emplace_back("given_token", std::move(given->whole));
  }
  if (use != session_use::begins && use != session_use::renews)
    return {};
  auto token
      = use == session_use::begins
            ? security::make_refresh_token()
            : context_.accounts.successors.of(request.text("refresh_token"));
  work.account->refresh_token = std::move(token.text);
  const auto expires = std::chrono::system_clock::now()
                       + std::chrono::seconds{settings.refresh_token_s};
  if (use == session_use::renews && settings.refresh_grace_s > 0)
    extra.emplace_back("grace_since",
                       codec::format_timestamp(
                           std::chrono::system_clock::now()
                           - std::chrono::seconds{settings.refresh_grace_s}));
  if (use == session_use::begins) {
    extra.emplace_back("session", security::make_session_id());
    extra.emplace_back("family_hash", std::move(token.hashes.session));
    extra.emplace_back("sessions_max",
                       std::int64_t{settings.sessions_per_user_max});
  }
  extra.emplace_back("token_hash", std::move(token.hashes.whole));
  extra.emplace_back("session_expires_at", codec::format_timestamp(expires));
  return {};
}

codec::result<void> account_flow::begin_attempt(job& work) const {
  const auto& request = request_of(work);
  const auto caller = request.integer("caller_id");
  auto begun = login_attempt::begin(
      context_.accounts.throttle,
      {.database = work.database,
       // No address looks like that.
       .email = caller != 0 ? "user " + std::to_string(caller)
                            : lower(request.text("email")),
       .source = work.account->source});
  if (!begun)
    return codec::fail(error_code::overloaded,
                       "too many failed logins, or too many at once: the "
                       "password was not looked at; try again in at most "
                           + std::to_string(begun.error().count()) + " s");
  work.account->attempt.emplace(std::move(*begun));
  return {};
}

/// A password is to be stored. Where nobody has said for whom, the queue is the
/// only bound.
codec::result<void> account_flow::begin_use(job& work) const {
  auto& account = *work.account;
  if (account.source.empty())
    return {};
  auto begun = hash_use::begin(context_.accounts.quota, account.source);
  if (!begun)
    return codec::fail(
        error_code::overloaded,
        "too many passwords to be stored for this "
        "Sluice-Client-Address (auth.source_hashes_max): nothing "
        "was executed; try again in at most "
            + std::to_string(begun.error().count()) + " s");
  account.use.emplace(std::move(*begun));
  return {};
}

milliseconds account_flow::run(job_ptr& work) {
  if (std::chrono::steady_clock::now() >= work->until) {
    work->reply.fail({error_code::timeout,
                      "the deadline passed while the request was queued; it "
                      "was not executed"});
    work.reset();
    return milliseconds{0};
  }
  auto& account = *work->account;
  if (account.stage == account_stage::token) {
    if (auto bound = bind_token(*work, account.token); !bound)
      work->reply.fail(bound.error());
    else
      after_token(std::move(work));
    work.reset();
    return milliseconds{0};
  }
  auto delay = check_and_hash(*work);
  if (!delay) {
    work->reply.fail(delay.error());
    work.reset();
    return milliseconds{0};
  }
  if (*delay == milliseconds{0})
    go_on(std::move(work));
  return *delay;
}

/// @return for how long to hold back what is refused; an error where nothing
///   could be found out.
codec::result<milliseconds> account_flow::check_and_hash(job& work) const {
  const auto& shared = context_.accounts;
  auto& request = request_of(work);
  const auto& rules = rules_of(work);
  auto& account = *work.account;
  auto& attempt = account.attempt;
  if (account.refusal)
    return milliseconds{0};
  if (account.use.has_value())
    account.use->spend();
  // Of a right password whose hash is out of date.
  auto renewed = std::string_view{};
  if (checks_password(request)) {
    if (shared.passwords.costs_too_much(account.account_hash))
      warn_of_cost(work.database);
    auto right = shared.passwords.verify(account.account_hash,
                                         request.text(rules.checked));
    if (!right)
      return std::unexpected{std::move(right.error())};
    if (!*right) {
      wipe(request, rules.checked);
      wipe(request, rules.hashed);
      account.refusal = codec::error{error_code::unauthenticated,
                                     std::string{rules.refusal}};
      return attempt.has_value() ? attempt->fail() : milliseconds{0};
    }
    if (attempt.has_value())
      attempt->succeed();
    // Only where a login stores it.
    if (rules.session == session_use::begins
        && shared.passwords.is_outdated(account.account_hash))
      renewed = rules.checked;
  }
  const auto field = rules.hashed.empty() ? renewed : rules.hashed;
  if (!field.empty()) {
    auto hash = shared.passwords.hash(request.text(field));
    if (!hash)
      return std::unexpected{std::move(hash.error())};
    request.extra.emplace_back("password_hash", std::move(*hash));
  }
  wipe(request, rules.checked);
  wipe(request, rules.hashed);
  return milliseconds{0};
}

void account_flow::go_on(job_ptr work) {
  auto& account = *work->account;
  // One that may be remembered is judged where that is known.
  if (account.refusal && !work->identity) {
    work->reply.fail(*account.refusal);
    return;
  }
  account.stage = account_stage::statements;
  work->route = request_of(*work).operation->is_write ? job_route::writer
                                                      : job_route::reader;
  hand_over(std::move(work));
}

void account_flow::hand_over(job_ptr work) {
  auto& databases = context_.databases;
  if (work->target && work->route == job_route::writer) {
    databases.pass_to_writer(std::move(work), catalog_);
    return;
  }
  databases.dispatch(std::move(work), catalog_);
}

} // namespace sluice::actors
