#include "services/running.hpp"

#include "codec/json_writer.hpp"

#include <variant>

namespace sluice::services {

using codec::error_code;

codec::result<void> decode_running(const codec::named_parameters& fields) {
  if (!fields.empty())
    return codec::fail(error_code::bad_request,
                       "unknown field '" + fields.front().first
                           + "'; this request has no fields");
  return {};
}

codec::result<std::string>
decode_cancel(const codec::named_parameters& fields) {
  auto result = std::string{};
  for (const auto& [name, value] : fields) {
    if (name != "id")
      return codec::fail(error_code::bad_request,
                         "unknown field '" + name + "'; known is id");
    if (const auto* text = std::get_if<std::string>(&value); text != nullptr)
      result = *text;
  }
  if (result.empty())
    return codec::fail(error_code::bad_request,
                       "the field 'id' must be a string: one that "
                       "db.<db>.running lists");
  return result;
}

std::string running_excerpt(std::string_view sql) {
  if (sql.size() <= running_sql_bytes_max)
    return std::string{sql};
  auto end = running_sql_bytes_max;
  while (end > 0 && (static_cast<unsigned char>(sql[end]) & 0xc0U) == 0x80U)
    --end;
  return std::string{sql.substr(0, end)} + "\u2026";
}

std::string encode_running(std::span<const running_request> running,
                           std::uint64_t queued) {
  auto out = codec::json_writer{};
  out.begin_object();
  out.key("success");
  out.boolean(true);
  out.key("running");
  out.begin_array();
  for (const auto& each : running) {
    out.begin_object();
    out.key("id");
    out.text(each.id);
    out.key("sql");
    out.text(each.sql);
    out.key("ms");
    out.integer(each.ran.count());
    out.key("kind");
    out.text(each.kind);
    out.key("waiting");
    out.boolean(each.is_waiting);
    out.end_object();
  }
  out.end_array();
  out.key("queued");
  out.unsigned_integer(queued);
  out.end_object();
  return out.take();
}

std::string encode_cancelled() {
  return R"({"success":true,"cancelled":true})";
}

} // namespace sluice::services
