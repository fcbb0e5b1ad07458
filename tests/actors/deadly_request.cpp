#include "tests/actors/deadly_request.hpp"

#include <array>
#include <memory>
#include <utility>

namespace sluice::tests {

namespace {

constexpr auto fields
    = std::array{services::text_field("password", {1, 100}).required()};

/// The text of its refusal is nowhere: libstdc++ throws when it is copied.
const services::operation& deadly_operation() {
  constexpr auto nothing = static_cast<const char*>(nullptr);
  static const auto result = services::operation{
      .name = "deadly",
      .description = "Throws",
      .fields = fields,
      .authentication = {.checked = "password", .refusal = {nothing, 1}}};
  return result;
}

} // namespace

actors::job_ptr make_deadly(serving_fixture& fixture,
                            const std::string& reply_to) {
  auto request = services::service_request{
      .operation = &deadly_operation(),
      .arguments = {{.is_present = true, .value = std::string{"a guess"}}}};
  auto result = fixture.make_job(reply_to, std::move(request));
  result->account = std::make_unique<actors::account_work>();
  result->account->stage = actors::account_stage::password;
  return result;
}

} // namespace sluice::tests
