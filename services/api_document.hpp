#pragma once

#include <string>
#include <string_view>

namespace sluice::services {

/// Of which server the document is.
struct api_options {
  std::string_view version;
  std::string_view subject_prefix;
  std::string_view queue_group;
};

/// Every request that is served, with what it takes, replies and fails with, as
/// an AsyncAPI 3.0 document in YAML: `schema/asyncapi.yaml`. It is made of the
/// same tables that serve them.
[[nodiscard]] std::string api_document(const api_options& options);

} // namespace sluice::services
