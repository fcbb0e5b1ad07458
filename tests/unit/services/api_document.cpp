#include "services/api_document.hpp"

#include "services/api_components.hpp"
#include "services/api_requests.hpp"
#include "services/api_schema.hpp"
#include "services/databases.hpp"
#include "services/discovery.hpp"
#include "services/health.hpp"
#include "services/service_table.hpp"
#include "tests/unit/services/json_document.hpp"

#include <catch2/catch_test_macros.hpp>

#include <algorithm>
#include <fstream>
#include <iterator>

/// What `sluice api` prints.
namespace sluice::services {

namespace {

const auto defaults = api_options{.version = SLUICE_VERSION,
                                  .subject_prefix = "sluice",
                                  .queue_group = "sluice"};

/// The names that `members` declares, with those that may be missing or not.
std::set<std::string> names_of(std::span<const reply_member> members,
                               bool with_optional) {
  auto result = std::set<std::string>{};
  for (const auto& each : members)
    if (with_optional || !each.is_optional)
      result.emplace(each.name);
  return result;
}

std::string join_texts(std::initializer_list<std::string_view> parts) {
  auto result = std::string{};
  for (const auto part : parts)
    result += part;
  return result;
}

std::set<std::string> with(std::set<std::string> names,
                           std::initializer_list<const char*> more) {
  for (const auto* each : more)
    names.emplace(each);
  return names;
}

} // namespace

TEST_CASE("schema/asyncapi.yaml is what `sluice api` prints",
          "[services][api]") {
  auto in = std::ifstream{SLUICE_ASYNCAPI, std::ios::binary};
  const auto text = std::string{std::istreambuf_iterator<char>{in}, {}};
  INFO("after a change: build/dev/sluice api > schema/asyncapi.yaml");
  // Not compared by Catch2, which would print both.
  const auto is_same = text == api_document(defaults);
  CHECK(is_same);
}

TEST_CASE("each subject that discovery tells of is described",
          "[services][api]") {
  const auto self = service_identity{.name = "sluice",
                                     .id = "id",
                                     .version = "1",
                                     .subject_prefix = "acme.sql",
                                     .queue_group = "workers",
                                     .server = {},
                                     .started = {}};
  const auto text = api_document({.version = "1.2.3",
                                  .subject_prefix = self.subject_prefix,
                                  .queue_group = self.queue_group});
  const auto info = json_document{encode_info(self)};
  const auto count = info.array_size("/endpoints");
  CHECK(count == endpoints().size());
  for (auto i = std::size_t{0}; i < count; ++i) {
    const auto at = "/endpoints/" + std::to_string(i);
    auto subject = info.text(at + "/subject");
    const auto name = info.text(at + "/name");
    CAPTURE(subject);
    if (const auto star = subject.find('*'); star != std::string::npos) {
      subject.replace(star, 1, "{db}");
      subject.insert(0, 1, '"').push_back('"');
    }
    const auto has = [&text](std::initializer_list<std::string_view> parts) {
      return text.contains(join_texts(parts));
    };
    CHECK(has({"\n  ", name, ":\n    address: ", subject, "\n"}));
    CHECK(has({"\n  ", name, ":\n    action: receive\n"}));
    CHECK(has({"\n    ", name, ":\n      summary: "}));
    CHECK(has({"\n    ", name, "_reply:\n      headers:\n"}));
  }
  CHECK(text.contains("\n  version: \"1.2.3\"\n"));
  CHECK(text.contains("\n          queue: workers\n"));
  CHECK_FALSE(text.contains("sluice.db."));
}

TEST_CASE("each reference of the description is to something in it",
          "[services][api]") {
  const auto text = api_document(defaults);
  auto count = 0;
  constexpr auto sign = std::string_view{"$ref: \"#/"};
  for (auto at = text.find(sign); at != std::string::npos;
       at = text.find(sign, at + 1), ++count) {
    const auto begin = at + sign.size();
    const auto where = text.substr(begin, text.find('"', begin) - begin);
    const auto name = where.substr(where.rfind('/') + 1);
    CAPTURE(where);
    // In `components` a name stands on the third level; below `channels` on
    // the second, and its messages on the fourth.
    const auto parts = std::ranges::count(where, '/');
    const auto indent = where.starts_with("components/") ? 4
                        : parts == 1                     ? 2
                                                         : 6;
    CHECK(text.contains("\n"
                        + std::string(static_cast<std::size_t>(indent), ' ')
                        + name + ":\n"));
  }
  CHECK(count > 500);
}

TEST_CASE("no name of a row is one of another part", "[services][api]") {
  for (const auto& row : declared_rows()) {
    CAPTURE(row.name);
    const auto name = "\n" + std::string{row.name} + ":\n";
    CHECK_FALSE(api_schemas().contains(name));
    CHECK_FALSE(api_headers().contains(name));
    CHECK(row.name != "failure");
    for (const auto* each : service_table())
      for (const auto& declared : each->operations)
        if (declared.row.name == row.name)
          CHECK(declared.row.columns.data() == row.columns.data());
  }
}

TEST_CASE("operations say what their steps write", "[services][api]") {
  for (const auto* each : service_table())
    for (const auto& declared : each->operations) {
      CAPTURE(each->name, declared.name);
      const auto has = [&declared](auto... kinds) {
        return std::ranges::any_of(declared.steps, [=](const step& one) {
          return ((one.kind == kinds) || ...);
        });
      };
      const auto has_rows
          = std::ranges::any_of(declared.members, [](const reply_member& one) {
              return one.type == member_type::rows;
            });
      CHECK((has(step_kind::object, step_kind::list) || has_rows)
            == !declared.row.columns.empty());
      CHECK(has(step_kind::members, step_kind::call)
            == !declared.members.empty());
    }
}

TEST_CASE("headers and failures follow from what a request is",
          "[services][api]") {
  const auto row_of = [](std::string_view tail) {
    return endpoints()[static_cast<std::size_t>(resolve(tail)->id)];
  };
  const auto takes = [&row_of](std::string_view tail, std::string_view header) {
    const auto headers = request_headers_of(row_of(tail));
    return std::ranges::find(headers, header) != headers.end();
  };
  const auto fails = [&row_of](std::string_view tail, codec::error_code code) {
    const auto codes = failures_of(row_of(tail));
    return std::ranges::find(codes, code) != codes.end();
  };
  CHECK(takes("db.app.query", "Nats-Msg-Id"));
  CHECK_FALSE(takes("db.app.migrations.list", "Nats-Msg-Id"));
  CHECK_FALSE(takes("users.get", "Nats-Msg-Id"));
  CHECK(takes("users.update", "Nats-Msg-Id"));
  CHECK(takes("users.get", "Sluice-Database"));
  CHECK_FALSE(takes("db.app.query", "Sluice-Database"));
  CHECK(takes("auth.register", "Sluice-Client-Address"));
  CHECK_FALSE(takes("auth.refresh", "Sluice-Client-Address"));
  CHECK(required_headers_of(row_of("me.get"))
        == std::vector<std::string_view>{"Authorization"});
  CHECK(required_headers_of(row_of("db.app.dump"))
        == std::vector<std::string_view>{"Sluice-Stream"});
  CHECK(fails("auth.login", codec::error_code::unauthenticated));
  CHECK_FALSE(fails("auth.register", codec::error_code::unauthenticated));
  CHECK(fails("db.app.exec", codec::error_code::sql_error));
  CHECK_FALSE(fails("users.get", codec::error_code::conflict));
  CHECK(failures_of(row_of("health")).empty());
}

TEST_CASE("what is told of health, stats and databases is what is encoded",
          "[services][api]") {
  auto state = server_state{};
  auto counted = service_statistics{};
  counted.resize(endpoints().size());
  const auto well = json_document{encode_health(state)};
  CHECK(well.members("") == with(names_of(health_members, false), {"success"}));
  state.databases_quarantined = 1;
  state.shortage = "no thread";
  state.quarantined.push_back({"app", "uuid", "since", "cause", true});
  const auto ill = json_document{encode_health(state)};
  CHECK(ill.members("") == with(names_of(health_members, true), {"success"}));
  const auto stats = json_document{encode_server_stats(state, counted)};
  CHECK(stats.members("/quarantined/0") == names_of(quarantined_members, true));
  CHECK(stats.members("")
        == with(names_of(stats_members, true), {"success", "endpoints"}));
  CHECK(stats.members("/endpoints/health")
        == names_of(endpoint_counters, true));
  auto database = database_description{};
  const auto sound = json_document{encode_database(database)};
  CHECK(sound.members("/database") == names_of(database_members, false));
  database.is_quarantined = true;
  const auto broken = json_document{encode_databases({&database, 1}, {}, 1)};
  CHECK(broken.members("/databases/0") == names_of(database_members, true));
  CHECK(broken.members("")
        == with(names_of(list_databases_members, true), {"success"}));
  CHECK(json_document{encode_dumped(7)}.members("")
        == std::set<std::string>{"success", "file_size"});
}

} // namespace sluice::services
