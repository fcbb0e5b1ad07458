#include "storage/catalogue.hpp"

#include "tests/unit/storage/test_database.hpp"

#include <catch2/catch_test_macros.hpp>

#include <memory>
#include <regex>
#include <set>

namespace sluice::storage {

namespace {

/// A catalogue in a folder of its own.
class test_catalogue {
public:
  explicit test_catalogue(const connection_options& options = writer_options())
      : options_{options}, directory_{open_directory()} {
    reopen();
  }

  /// As after a restart.
  void reopen() {
    open_.reset();
    auto opened = catalogue::open(directory_, options_);
    INFO(failure_of(opened));
    REQUIRE(opened);
    open_ = std::make_unique<catalogue>(std::move(*opened));
  }

  catalogue* operator->() noexcept {
    return open_.get();
  }
  [[nodiscard]] const data_directory& directory() const noexcept {
    return directory_;
  }

  /// What `catalogue::create` says, where making a file always succeeds.
  codec::result<database_record> try_create(const std::string& name) {
    return open_->create(
        name, [](const std::string&) { return codec::result<void>{}; });
  }
  database_record create(const std::string& name) {
    auto created = try_create(name);
    INFO(failure_of(created));
    REQUIRE(created);
    return *created;
  }

  /// The names on a page, and the total.
  std::string list(const database_filter& filter) {
    const auto page = open_->list(filter);
    REQUIRE(page);
    auto result = std::string{};
    for (const auto& database : page->databases)
      result += database.name + " ";
    return result + "of " + std::to_string(page->total);
  }

private:
  [[nodiscard]] data_directory open_directory() const {
    auto opened = data_directory::open(folder_.path().string());
    REQUIRE(opened);
    return std::move(*opened);
  }

  connection_options options_;
  tests::temporary_directory folder_;
  data_directory directory_;
  std::unique_ptr<catalogue> open_;
};

void make_database(const std::string& path, std::string_view schema) {
  const auto opened = connection::open(path, writer_options());
  REQUIRE(opened);
  REQUIRE(write_transaction::open(**opened, "u1"));
  auto runner = executor{**opened, "test"};
  auto out = codec::json_writer{};
  REQUIRE(runner.run_script({std::string{schema}}, {}, out));
}

} // namespace

TEST_CASE("a new catalogue is empty", "[storage][catalogue]") {
  auto catalogue = test_catalogue{};
  CHECK(catalogue->count() == 0u);
  CHECK(catalogue.list({}) == "of 0");
  const auto found = catalogue->find_by_name("app");
  REQUIRE(found);
  CHECK_FALSE(found->has_value());
}

TEST_CASE("a database that was created is found by name and by uuid",
          "[storage][catalogue]") {
  auto catalogue = test_catalogue{};
  const auto created = catalogue.create("app");
  CHECK(created.name == "app");
  CHECK(std::regex_match(created.uuid,
                         std::regex{"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-"
                                    "[89ab][0-9a-f]{3}-[0-9a-f]{12}"}));
  CHECK(std::regex_match(created.created_at,
                         std::regex{R"(20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ)"}));
  // What was created is there after a restart.
  for (auto i = 0; i < 2; ++i) {
    for (const auto& found : {catalogue->find_by_name("app"),
                              catalogue->find_by_uuid(created.uuid)}) {
      REQUIRE(found);
      const auto record = found->value_or(database_record{});
      CHECK(record.uuid == created.uuid);
      CHECK(record.name == "app");
      CHECK(record.created_at == created.created_at);
    }
    catalogue.reopen();
  }
}

TEST_CASE("every database has another uuid", "[storage][catalogue]") {
  auto catalogue = test_catalogue{};
  auto uuids = std::set<std::string>{};
  for (auto i = 0; i < 20; ++i)
    uuids.insert(catalogue.create("db" + std::to_string(i)).uuid);
  CHECK(uuids.size() == 20);
}

TEST_CASE("a name that is taken is a conflict", "[storage][catalogue]") {
  auto catalogue = test_catalogue{};
  catalogue.create("app");
  CHECK(failure_of(catalogue.try_create("app"))
        == "conflict: a database with the name 'app' exists");
  CHECK(catalogue->count() == 1u);
}

TEST_CASE("the catalogue holds as many databases as the limit says",
          "[storage][catalogue]") {
  auto options = writer_options();
  options.limits.databases_max = 2;
  auto catalogue = test_catalogue{options};
  const auto first = catalogue.create("a");
  catalogue.create("b");
  CHECK(failure_of(catalogue.try_create("c"))
        == "too_large: there are already limits.databases_max (2) databases");
  // The name is looked at first.
  CHECK(failure_of(catalogue.try_create("a")).starts_with("conflict: "));
  REQUIRE(catalogue->start_deletion(first.uuid));
  CHECK(catalogue.try_create("c"));
}

TEST_CASE("the limits on clients' statements are not the catalogue's",
          "[storage][catalogue]") {
  auto options = writer_options();
  options.limits.sql_bytes_max = 1;
  options.limits.parameters_max = 1;
  options.limits.columns_max = 1;
  options.limits.function_arguments_max = 1;
  options.limits.row_bytes_max = 30;
  auto catalogue = test_catalogue{options};
  catalogue.create("app");
  CHECK(catalogue.list({}) == "app of 1");
}

TEST_CASE("databases are listed by name, page by page",
          "[storage][catalogue]") {
  auto catalogue = test_catalogue{};
  for (const auto* name : {"delta", "alpha", "echo", "bravo", "charlie"})
    catalogue.create(name);
  CHECK(catalogue.list({}) == "alpha bravo charlie delta echo of 5");
  CHECK(catalogue.list({"", 0, 2}) == "alpha bravo of 5");
  CHECK(catalogue.list({"", 2, 2}) == "charlie delta of 5");
  CHECK(catalogue.list({"", 4, 2}) == "echo of 5");
  CHECK(catalogue.list({"", 6, 2}) == "of 5");
}

TEST_CASE("databases are filtered by a part of their name",
          "[storage][catalogue]") {
  auto catalogue = test_catalogue{};
  for (const auto* name : {"app-one", "app-two", "other", "my_app"})
    catalogue.create(name);
  CHECK(catalogue.list({"app"}) == "app-one app-two my_app of 3");
  CHECK(catalogue.list({"app", 1, 1}) == "app-two of 3");
  CHECK(catalogue.list({"_"}) == "my_app of 1");
  CHECK(catalogue.list({"%"}) == "of 0");
  CHECK(catalogue.list({"'"}) == "of 0");
}

TEST_CASE("a database whose deletion started is gone for clients",
          "[storage][catalogue]") {
  auto catalogue = test_catalogue{};
  const auto created = catalogue.create("app");
  catalogue.create("other");
  REQUIRE(catalogue->start_deletion(created.uuid));
  CHECK(catalogue->find_by_name("app").value() == std::nullopt);
  CHECK(catalogue->find_by_uuid(created.uuid).value() == std::nullopt);
  CHECK(catalogue.list({}) == "other of 1");
  CHECK(catalogue->count() == 1u);
}

TEST_CASE("a name is free as soon as its database's deletion started",
          "[storage][catalogue]") {
  auto catalogue = test_catalogue{};
  const auto first = catalogue.create("app");
  REQUIRE(catalogue->start_deletion(first.uuid));
  const auto second = catalogue.create("app");
  CHECK(second.uuid != first.uuid);
  REQUIRE(catalogue->finish_deletion(first.uuid));
  const auto found = catalogue->find_by_name("app");
  REQUIRE(found);
  CHECK(found->value_or(database_record{}).uuid == second.uuid);
}

TEST_CASE("a deletion that a crash cut off is known after the restart",
          "[storage][catalogue]") {
  auto catalogue = test_catalogue{};
  const auto created = catalogue.create("app");
  CHECK(catalogue->unfinished_deletions().value().empty());
  REQUIRE(catalogue->start_deletion(created.uuid));
  catalogue.reopen();
  CHECK(catalogue->unfinished_deletions().value()
        == std::vector<std::string>{created.uuid});
  REQUIRE(catalogue->finish_deletion(created.uuid));
  catalogue.reopen();
  CHECK(catalogue->unfinished_deletions().value().empty());
}

TEST_CASE("a deletion that did not start cannot be finished",
          "[storage][catalogue]") {
  auto catalogue = test_catalogue{};
  const auto created = catalogue.create("app");
  REQUIRE(catalogue->finish_deletion(created.uuid));
  CHECK(catalogue.list({}) == "app of 1");
}

TEST_CASE("a database without a file yet has nothing", "[storage][catalogue]") {
  const auto catalogue = test_catalogue{};
  const auto described = describe_file(
      catalogue.directory().database_path("u1"), writer_options());
  REQUIRE(described);
  CHECK(described->size_bytes == 0);
  CHECK(described->num_tables == 0);
}

TEST_CASE("a file is described by its size and its clients' tables",
          "[storage][catalogue]") {
  const auto catalogue = test_catalogue{};
  const auto path = catalogue.directory().database_path("u1");
  make_database(path, "CREATE TABLE a(id INTEGER PRIMARY KEY AUTOINCREMENT);"
                      "CREATE TABLE b(x); CREATE INDEX b_x ON b(x);"
                      "CREATE VIEW v AS SELECT 1; CREATE TABLE sluice_c(x);"
                      "CREATE TABLE sqliteish(x)");
  const auto described = describe_file(path, writer_options());
  REQUIRE(described);
  CHECK(described->num_tables == 4);
  CHECK(std::to_string(described->size_bytes)
        == look_into(path, "SELECT page_count * page_size FROM "
                           "pragma_page_count, pragma_page_size"));
}

} // namespace sluice::storage
