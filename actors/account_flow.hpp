#pragma once

#include "actors/authentication.hpp"
#include "actors/interfaces.hpp"
#include "actors/serving_context.hpp"
#include "services/service_request.hpp"

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

/// The row of the user was looked up: the request goes on to the hashers.
void pass_to_hashers(authentication& shared, job_ptr work);

} // namespace sluice::actors
