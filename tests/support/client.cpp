#include "tests/support/client.hpp"

#include "codec/json_writer.hpp"
#include "tests/support/expect.hpp"

#include <simdjson.h>

namespace sluice::tests {

std::string reply::at(std::string_view pointer) const {
  auto parser = simdjson::dom::parser{};
  auto root = simdjson::dom::element{};
  if (parser.parse(body()).get(root) != simdjson::SUCCESS)
    throw std::runtime_error{"no JSON: " + body()};
  auto found = simdjson::dom::element{};
  return root.at_pointer(pointer).get(found) == simdjson::SUCCESS
             ? std::string{simdjson::minify(found)}
             : "(none)";
}

std::string reply::code() const {
  const auto found = at("/code");
  return found == "(none)" ? "" : found.substr(1, found.size() - 2);
}

client::client(const std::string& url, const config::nats_settings& settings)
    : connection_{must(
          messaging::connection::connect(settings, url, "test", nullptr))} {}

reply client::request(const std::string& subject, std::string_view body,
                      std::initializer_list<messaging::header> headers) {
  return {must(connection_->request(
      subject, body, {headers.begin(), headers.size()}, patience))};
}

reply client::query(const std::string& database, std::string_view body,
                    std::initializer_list<messaging::header> headers) {
  return request("sluice.db." + database + ".query", body, headers);
}

reply client::exec(const std::string& database, std::string_view body,
                   std::initializer_list<messaging::header> headers) {
  return request("sluice.db." + database + ".exec", body, headers);
}

reply client::run(const std::string& database, std::string_view sql) {
  auto result = query(database, "{\"sql\":" + codec::quoted(sql) + "}");
  if (!result.code().empty())
    throw std::runtime_error{result.body()};
  return result;
}

void client::create_database(const std::string& name) {
  const auto made = request("sluice.databases.create",
                            "{\"name\":" + codec::quoted(name) + "}");
  if (!made.code().empty())
    throw std::runtime_error{made.body()};
}

} // namespace sluice::tests
