#include "tests/integration/server/app_server.hpp"

#include "codec/json_writer.hpp"

#include <utility>

namespace sluice::tests {

app_server::app_server(std::vector<std::string> options)
    : process{std::move(options)}, remote{process.url()} {
  remote.create_database("app");
}

reply app_server::query(std::string_view body,
                        std::initializer_list<messaging::header> headers) {
  return remote.query("app", body, headers);
}

reply app_server::exec(std::string_view body) {
  return remote.exec("app", body);
}

reply app_server::run(std::string_view sql) {
  return remote.run("app", sql);
}

std::string app_server::results(std::string_view sql) {
  return run(sql).at("/results");
}

std::string app_server::failure(std::string_view sql) {
  return failure_of(query(query_body(sql)));
}

std::string query_body(std::string_view sql) {
  return "{\"sql\":" + codec::quoted(sql) + "}";
}

std::string batch_body(std::initializer_list<std::string_view> statements) {
  auto result = std::string{"["};
  for (const auto sql : statements)
    result += (result.size() > 1 ? "," : "") + query_body(sql);
  return result + "]";
}

std::string failure_of(const reply& got) {
  const auto code = got.code();
  const auto message = got.header("Nats-Service-Error");
  const auto number = got.header("Nats-Service-Error-Code");
  if (code.empty())
    return message.empty() && number.empty()
               ? "no failure: " + got.body()
               : "a success with headers of a failure: " + got.body();
  const auto can_be_tried_again = code == "overloaded" || code == "unavailable";
  const auto expected = R"({"success":false,"error":)" + got.at("/error")
                        + R"(,"code":")" + code + R"(","retryable":)"
                        + (can_be_tried_again ? "true}" : "false}");
  if (got.body() != expected)
    return "a body of another shape: " + got.body();
  // A header is one line, and is cut when it is long.
  const auto is_told
      = !message.empty()
        && (got.at("/error") == codec::quoted(message) || message.size() > 500
            || got.at("/error").contains("\\n"));
  if (!is_told)
    return "a header '" + message + "' for the body " + got.body();
  return code + " " + number + ": " + message;
}

} // namespace sluice::tests
