#include "services/auth.hpp"

#include "codec/json_writer.hpp"
#include "services/columns.hpp"
#include "services/service_request.hpp"
#include "services/statement_runner.hpp"

#include <array>
#include <string>

namespace sluice::services {

namespace {

using user_fields::email;
using user_fields::name;
using user_fields::password;

constexpr auto refresh_token = text_field("refresh_token", {1, 200});

constexpr auto wrong_login
    = std::string_view{"wrong e-mail address or password"};
constexpr auto wrong_password = std::string_view{"wrong password"};
constexpr auto dead_refresh_token
    = std::string_view{"the refresh token is not valid"};

std::unexpected<codec::error> unauthenticated(std::string_view why) {
  return codec::fail(codec::error_code::unauthenticated, std::string{why});
}

/// Runs a statement whose rows do not matter.
codec::result<std::int64_t> run_alone(statement_runner& statements,
                                      std::string_view sql) {
  return statements.run(sql, {}, {});
}

/// `token`, `refresh_token` and `expires_in`.
codec::result<void> write_tokens(const token_owner& owner,
                                 statement_runner& statements,
                                 codec::json_writer& out) {
  auto tokens = statements.issue_tokens(owner);
  if (!tokens)
    return std::unexpected{std::move(tokens.error())};
  out.key("token");
  out.text(tokens->access_token);
  out.key("refresh_token");
  out.text(tokens->refresh_token);
  out.key("expires_in");
  out.integer(tokens->expires_in_s);
  return {};
}

/// Of the user who has logged in, or registered. The oldest sessions beyond the
/// bound go, and a few of those that nobody came back to.
codec::result<void> begin_session(const service_request& request,
                                  statement_runner& statements,
                                  codec::json_writer& out) {
  auto owner = token_owner{0, std::string{request.text("session")}};
  auto added = statements.run(
      "INSERT INTO sessions(id, user_id, family_hash, token_hash, created_at, "
      "renewed_at, expires_at) SELECT :session, id, :family_hash, :token_hash, "
      ":now, :now, :session_expires_at FROM users WHERE "
      "[account_id?id = :account_id][!account_id?email = :email] "
      "RETURNING user_id",
      {}, [&owner](row& added_row) -> codec::result<bool> {
        owner.user_id = added_row.integer(0);
        return true;
      });
  if (!added)
    return std::unexpected{std::move(added.error())};
  const auto owner_id
      = codec::named_parameters{{"owner_id", codec::value{owner.user_id}}};
  auto pruned = statements.run(
      "DELETE FROM sessions WHERE seq IN (SELECT seq FROM sessions WHERE "
      "user_id = :owner_id ORDER BY seq DESC LIMIT -1 OFFSET :sessions_max)",
      owner_id, {});
  if (pruned)
    pruned = run_alone(
        statements,
        "DELETE FROM sessions WHERE seq IN (SELECT seq FROM sessions WHERE "
        "expires_at <= :now ORDER BY expires_at LIMIT 8)");
  if (!pruned)
    return std::unexpected{std::move(pruned.error())};
  return write_tokens(owner, statements, out);
}

// -- register -----------------------------------------------------------------

constexpr auto register_fields
    = std::array{name.required(), email.required(), password.required()};
constexpr auto register_steps = std::array{
    object("user",
           "INSERT INTO users(name, email, password_hash, created_at, "
           "updated_at) VALUES (:name, :email, :password_hash, :now, :now) "
           "RETURNING " SLUICE_USER_COLUMNS,
           {}),
    call(begin_session),
};

// -- login --------------------------------------------------------------------

/// The password was right a moment ago: is it still?
codec::result<void> confirm_account(const service_request& request,
                                    statement_runner& statements,
                                    codec::json_writer&) {
  auto is_there = false;
  auto found = statements.run(
      "SELECT 1 FROM users WHERE id = :account_id AND password_hash = "
      ":account_hash",
      {}, [&is_there](row&) -> codec::result<bool> {
        is_there = true;
        return false;
      });
  if (!found)
    return std::unexpected{std::move(found.error())};
  if (!is_there)
    return unauthenticated(wrong_login);
  if (!request.has("password_hash"))
    return {};
  // Its hash was out of date.
  if (auto stored
      = run_alone(statements, "UPDATE users SET password_hash = "
                              ":password_hash WHERE id = :account_id");
      !stored)
    return std::unexpected{std::move(stored.error())};
  return {};
}

constexpr auto login_fields = std::array{email.required(), password.required()};
constexpr auto login_steps = std::array{
    call(confirm_account),
    object("user",
           "SELECT " SLUICE_USER_COLUMNS " FROM users WHERE id = :account_id",
           {}),
    call(begin_session),
};

// -- refresh ------------------------------------------------------------------

/// What is stored of a session.
struct found_session {
  token_owner owner;
  bool is_present_token = false;
  bool is_alive = false;
  /// The token was spent a moment ago, and its successor is the present one.
  bool is_just_spent = false;
};

codec::result<found_session> find_session(statement_runner& statements) {
  auto result = found_session{};
  auto found = statements.run(
      "SELECT user_id, id, token_hash = :given_token, expires_at > :now, "
      "[grace_since?token_hash = :token_hash AND renewed_at >= :grace_since]"
      "[!grace_since?0] FROM sessions WHERE family_hash = :given_family",
      {}, [&result](row& session) -> codec::result<bool> {
        result = {{session.integer(0), std::string{session.text(1)}},
                  session.integer(2) != 0,
                  session.integer(3) != 0,
                  session.integer(4) != 0};
        return false;
      });
  if (!found)
    return std::unexpected{std::move(found.error())};
  return result;
}

codec::result<void> renew_session(const service_request&,
                                  statement_runner& statements,
                                  codec::json_writer& out) {
  auto session = find_session(statements);
  if (!session)
    return std::unexpected{std::move(session.error())};
  if (session->owner.user_id == 0 || !session->is_alive)
    return unauthenticated(dead_refresh_token);
  // Two tabs, or a reply that was lost: the same token once more.
  if (session->is_just_spent)
    return write_tokens(session->owner, statements, out);
  if (!session->is_present_token) {
    // Somebody else has used it, or uses it now: one of them stole it.
    auto ended = run_alone(
        statements, "DELETE FROM sessions WHERE family_hash = :given_family");
    if (!ended)
      return std::unexpected{std::move(ended.error())};
    return statements.keep_and_fail(
        {codec::error_code::unauthenticated,
         "the refresh token was used before: its session has ended"});
  }
  auto renewed = run_alone(
      statements,
      "UPDATE sessions SET token_hash = :token_hash, renewed_at = :now, "
      "expires_at = :session_expires_at WHERE family_hash = :given_family");
  if (!renewed)
    return std::unexpected{std::move(renewed.error())};
  return write_tokens(session->owner, statements, out);
}

constexpr auto refresh_fields = std::array{refresh_token.required()};
constexpr auto refresh_steps = std::array{call(renew_session)};

// -- logout -------------------------------------------------------------------

codec::result<void> end_sessions(const service_request& request,
                                 statement_runner& statements,
                                 codec::json_writer& out) {
  const auto is_named = request.has("refresh_token");
  auto ended
      = request.has("everywhere")
            ? run_alone(statements,
                        "DELETE FROM sessions WHERE user_id = :caller_id")
        : is_named
            ? run_alone(statements, "DELETE FROM sessions WHERE family_hash = "
                                    ":given_family AND user_id = :caller_id")
            : run_alone(statements,
                        "DELETE FROM sessions WHERE id = :caller_session");
  if (!ended)
    return std::unexpected{std::move(ended.error())};
  if (*ended == 0)
    return unauthenticated(dead_refresh_token);
  out.key("sessions_ended");
  out.integer(*ended);
  return {};
}

constexpr auto logout_fields
    = std::array{refresh_token, flag_field("everywhere")};
constexpr auto logout_steps = std::array{call(end_sessions)};

// -- verify -------------------------------------------------------------------

constexpr auto verify_fields
    = std::array{text_field("token", {1, 2'048}).required()};
constexpr auto verify_steps = std::array{
    members("SELECT id AS user_id, email, :token_expires_at AS expires_at FROM "
            "users WHERE id = :caller_id"),
};

// -- change_password ----------------------------------------------------------

codec::result<void> change_password(const service_request&,
                                    statement_runner& statements,
                                    codec::json_writer& out) {
  auto changed = run_alone(
      statements,
      "UPDATE users SET password_hash = :password_hash, updated_at = :now "
      "WHERE id = :account_id AND password_hash = :account_hash");
  if (!changed)
    return std::unexpected{std::move(changed.error())};
  // Somebody else was faster.
  if (*changed == 0)
    return unauthenticated(wrong_password);
  auto ended = run_alone(statements,
                         "DELETE FROM sessions WHERE user_id = :caller_id AND "
                         "id <> :caller_session");
  if (!ended)
    return std::unexpected{std::move(ended.error())};
  out.key("changed");
  out.boolean(true);
  return {};
}

constexpr auto change_password_fields
    = std::array{text_field("old_password", {1, 1'024}).required(),
                 text_field("new_password", password.bounds).required()};
constexpr auto change_password_steps = std::array{call(change_password)};

// -- what is replied ----------------------------------------------------------

constexpr auto token_members
    = std::array{text_member("token"), text_member("refresh_token"),
                 integer_member("expires_in")};
constexpr auto logout_members = std::array{integer_member("sessions_ended")};
constexpr auto verify_members = std::array{
    integer_member("user_id"), text_member("email"), time_member("expires_at")};
constexpr auto change_password_members = std::array{boolean_member("changed")};

constexpr auto operations = std::array{
    operation{
        .name = "register",
        .description = "Makes an account, and logs in",
        .is_write = true,
        .fields = register_fields,
        .steps = register_steps,
        .row = user_row,
        .members = token_members,
        .violations = user_violations,
        .authentication = {.hashed = "password",
                           .session = session_use::begins,
                           .is_secret = true},
    },
    operation{
        .name = "login",
        .description = "Tokens for an e-mail address and its password",
        .is_write = true,
        .fields = login_fields,
        .steps = login_steps,
        .row = user_row,
        .members = token_members,
        .authentication
        = {.checked = "password",
           .account_sql
           = "SELECT id, password_hash FROM users WHERE email = :email",
           .session = session_use::begins,
           .refusal = wrong_login,
           .is_secret = true},
    },
    operation{
        .name = "refresh",
        .description = "New tokens for a refresh token, which is spent: for "
                       "some seconds it gets the same refresh token again",
        .is_write = true,
        .fields = refresh_fields,
        .steps = refresh_steps,
        .members = token_members,
        .authentication = {.session = session_use::renews, .is_secret = true},
    },
    operation{
        .name = "logout",
        .description = "Ends a session, or all of the user's",
        .is_write = true,
        .fields = logout_fields,
        .steps = logout_steps,
        .members = logout_members,
        .authentication = {.token = token_place::header,
                           .session = session_use::names,
                           .is_secret = true},
    },
    operation{
        .name = "verify",
        .description = "Whom a token speaks for",
        .fields = verify_fields,
        .steps = verify_steps,
        .members = verify_members,
        .authentication = {.token = token_place::field, .is_secret = true},
    },
    operation{
        .name = "change_password",
        .description = "Another password; all other sessions end",
        .is_write = true,
        .fields = change_password_fields,
        .steps = change_password_steps,
        .members = change_password_members,
        .authentication
        = {.token = token_place::header,
           .hashed = "new_password",
           .checked = "old_password",
           .account_sql
           = "SELECT id, password_hash FROM users WHERE id = :caller_id",
           .refusal = wrong_password,
           .is_secret = true},
    },
};

} // namespace

constexpr service auth_service = {"auth", operations};

} // namespace sluice::services
