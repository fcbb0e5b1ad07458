#pragma once

#include "actors/authentication.hpp"
#include "actors/interfaces.hpp"
#include "actors/serving_context.hpp"
#include "services/service_request.hpp"
#include "storage/executor.hpp"

#include <chrono>
#include <string_view>

#include "security/access_token.hpp"

namespace sluice::actors {

/// Moves requests that need a token or a password from stage to stage, until
/// their statements can run like any other's: each stage hands its request over
/// and is done with it. One for ingress and one for each worker, for it keeps a
/// parser.
class account_flow {
public:
  account_flow(serving_context context, catalog_actor catalog);

  /// What came with a request besides its fields; views.
  struct arrival {
    std::string_view authorization;
    std::string_view client_address;
    std::string_view payload;
    std::string_view endpoint;
  };
  /// A request has come: on the delivery thread, so nothing of it takes long.
  void start(job_ptr work, const arrival& with);

  /// Does what a request of a queue waits for. It may take long.
  /// @return for how long to hold it back; it is still in `work` then.
  [[nodiscard]] std::chrono::milliseconds run(job_ptr& work);

  /// A request that was held back goes on.
  void go_on(job_ptr work);

private:
  [[nodiscard]] codec::result<std::string_view>
  find_token(const services::service_request& request,
             std::string_view authorization) const;
  [[nodiscard]] codec::result<void> bind_token(job& work,
                                               std::string_view token);
  void after_token(job_ptr work);
  [[nodiscard]] codec::result<void> prepare_session(job& work) const;
  [[nodiscard]] codec::result<void> begin_attempt(job& work) const;
  [[nodiscard]] codec::result<void> begin_use(job& work) const;
  [[nodiscard]] codec::result<std::chrono::milliseconds>
  check_and_hash(job& work) const;
  void hand_over(job_ptr work);

  serving_context context_;
  catalog_actor catalog_;
  security::access_tokens tokens_;
};

/// The operation's rules of a request that has an `account_work`.
[[nodiscard]] const services::authentication_rules&
rules_of(const job& work) noexcept;

/// Whether a request waits for the row of the user whose password it has.
[[nodiscard]] bool waits_for_lookup(const job& work) noexcept;

/// Looks that row up, on a reader's or a writer's connection, and passes the
/// request on to the hashers. It has been answered where that failed.
/// @return what failed.
[[nodiscard]] codec::result<void>
look_up_account(storage::connection& connection, authentication& shared,
                job_ptr work, const storage::execution_limits& limits);

} // namespace sluice::actors
