#include "storage/catalogue.hpp"

#include "tests/unit/storage/test_database.hpp"

#include <catch2/catch_test_macros.hpp>

#include <filesystem>
#include <fstream>
#include <memory>
#include <regex>
#include <set>

namespace sluice::storage {

namespace {

constexpr auto retention = std::chrono::seconds{600};

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
    auto opened = catalogue::open(directory_, options_, retention);
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

TEST_CASE("a database is in the catalogue only if its file was made",
          "[storage][catalogue]") {
  auto catalogue = test_catalogue{};
  auto asked_for = std::string{};
  const auto failed
      = catalogue->create("app", [&asked_for](const std::string& uuid) {
          asked_for = uuid;
          return codec::result<void>{
              codec::fail(codec::error_code::storage, "no room")};
        });
  CHECK(failure_of(failed) == "storage: no room");
  CHECK(asked_for.size() == 36);
  CHECK(catalogue->count() == 0u);
  catalogue.create("app");
  asked_for.clear();
  CHECK_FALSE(catalogue->create("app", [&asked_for](const std::string& uuid) {
    asked_for = uuid;
    return codec::result<void>{};
  }));
  CHECK(asked_for.empty());
  CHECK(catalogue->find_by_name("app").value()->has_file);
}

TEST_CASE("the catalogue of version 0.1.0 gets to know which databases have "
          "files",
          "[storage][catalogue]") {
  const auto folder = tests::temporary_directory{};
  const auto directory = data_directory::open(folder.path().string()).value();
  const auto used = std::string{"0f8fad5b-d9cb-469f-a165-70867728950e"};
  const auto unused = std::string{"7c9e6679-7425-40de-944b-e07fc1f90ae7"};
  const auto empty = std::string{"1b6c6a81-0d4b-4a6c-8921-b747c0afea79"};
  make_database(directory.database_path(used), "CREATE TABLE t(x)");
  std::ofstream{directory.database_path(empty)}.flush();
  {
    auto old = connection::open(directory.catalogue_path(), writer_options());
    REQUIRE(old);
    auto insert
        = std::string{"INSERT INTO databases(uuid, name, created_at) VALUES "};
    insert.append("('").append(used).append("', 'used', 'then'), ");
    insert.append("('").append(unused).append("', 'unused', 'then'), ");
    insert.append("('").append(empty).append("', 'empty', 'then')");
    for (const auto& sql :
         {std::string{"CREATE TABLE databases(uuid TEXT PRIMARY KEY, name TEXT "
                      "NOT NULL, created_at TEXT NOT NULL, deleted INTEGER NOT "
                      "NULL DEFAULT 0)"},
          insert})
      REQUIRE((*old)->run_once(sql));
  }
  for (auto i = 0; i < 2; ++i) {
    auto opened = catalogue::open(directory, writer_options(), retention);
    INFO(failure_of(opened));
    REQUIRE(opened);
    CHECK(opened->count() == 3u);
    CHECK(opened->find_by_name("used").value()->has_file);
    CHECK(opened->find_by_uuid(unused).value()->has_file == (i == 1));
    CHECK_FALSE(opened->find_by_name("empty").value()->has_file);
    REQUIRE(opened->note_file(unused));
    CHECK(opened->find_by_uuid(unused).value()->has_file);
  }
}

TEST_CASE("a new catalogue does not hide databases that are there",
          "[storage][catalogue]") {
  const auto folder = tests::temporary_directory{};
  const auto directory = data_directory::open(folder.path().string()).value();
  make_database(directory.database_path("u1"), "CREATE TABLE t(x)");
  const auto opened = catalogue::open(directory, writer_options(), retention);
  CHECK(failure_of(opened).contains("is missing or empty, but 1 databases"));
  CHECK_FALSE(std::filesystem::exists(directory.catalogue_path()));
  std::ofstream{directory.catalogue_path()}.flush();
  CHECK_FALSE(catalogue::open(directory, writer_options(), retention));
  // What a crash at the first start leaves is no catalogue either.
  std::filesystem::remove(directory.database_path("u1"));
  for (const auto* suffix : {"-wal", "-shm"})
    std::filesystem::remove(directory.database_path("u1") + suffix);
  CHECK(catalogue::open(directory, writer_options(), retention));
}

TEST_CASE("a catalogue whose file is gone changes nothing any more, and is "
          "copied",
          "[storage][catalogue]") {
  auto catalogue = test_catalogue{};
  const auto created = catalogue.create("app");
  CHECK(catalogue->look());
  const auto path = catalogue.directory().catalogue_path();
  std::filesystem::remove(path);
  CHECK(failure_of(catalogue.try_create("new"))
            .contains("put that in its place"));
  CHECK(failure_of(catalogue->start_deletion(created.uuid))
            .starts_with("storage: "));
  CHECK_FALSE(catalogue->look());
  CHECK(catalogue.list({}) == "app of 1");
  const auto copy
      = std::filesystem::path{path}.parent_path() / "catalogue.rescued.sqlite";
  CHECK(look_into(copy.string(), "SELECT group_concat(name) FROM databases")
        == "app");
  std::filesystem::rename(copy, path);
  catalogue.reopen();
  CHECK(catalogue.list({}) == "app of 1");
  catalogue.create("new");
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

TEST_CASE("a change with an id that has been here is not made again",
          "[storage][catalogue]") {
  auto catalogue = test_catalogue{};
  const auto identity = request_identity{"id", {{std::byte{1}}}};
  auto made = 0;
  const auto make = [&]() -> codec::result<std::string> {
    ++made;
    return catalogue.create("app").uuid;
  };
  const auto first = catalogue->execute_once(identity, make);
  INFO(failure_of(first));
  REQUIRE(first);
  CHECK_FALSE(first->is_replayed);
  catalogue.reopen();
  const auto second = catalogue->execute_once(identity, make);
  REQUIRE(second);
  CHECK(second->is_replayed);
  CHECK(second->reply == first->reply);
  CHECK(made == 1);
  CHECK(catalogue.list({}) == "app of 1");
  const auto other = request_identity{"id", {{std::byte{2}}}};
  CHECK(failure_of(catalogue->execute_once(other, make))
            .starts_with("conflict: "));
  CHECK(made == 1);
}

TEST_CASE("a change that fails is undone with its files and not remembered",
          "[storage][catalogue]") {
  auto catalogue = test_catalogue{};
  const auto identity = request_identity{"id", {{std::byte{1}}}};
  auto path = std::string{};
  const auto fail_late = [&]() -> codec::result<std::string> {
    const auto created = catalogue->create("app", [&](const std::string& uuid) {
      path = catalogue.directory().database_path(uuid);
      std::ofstream{path} << "x";
      return codec::result<void>{};
    });
    REQUIRE(created);
    return codec::fail(codec::error_code::internal, "late");
  };
  CHECK(failure_of(catalogue->execute_once(identity, fail_late))
        == "internal: late");
  CHECK_FALSE(std::filesystem::exists(path));
  CHECK(catalogue.list({}) == "of 0");
  const auto succeed = [&]() -> codec::result<std::string> {
    return catalogue.create("app").name;
  };
  const auto again = catalogue->execute_once(identity, succeed);
  REQUIRE(again);
  CHECK_FALSE(again->is_replayed);
  CHECK(catalogue.list({}) == "app of 1");
}

TEST_CASE("a change's id is free again after the retention time",
          "[storage][catalogue]") {
  auto folder = tests::temporary_directory{};
  const auto directory = data_directory::open(folder.path().string());
  REQUIRE(directory);
  auto store
      = catalogue::open(*directory, writer_options(), std::chrono::seconds{0});
  REQUIRE(store);
  const auto identity = request_identity{"id", {{std::byte{1}}}};
  for (auto round = 0; round < 2; ++round) {
    const auto done = store->execute_once(
        identity, [] { return codec::result<std::string>{"reply"}; });
    REQUIRE(done);
    CHECK_FALSE(done->is_replayed);
  }
}

TEST_CASE("a catalogue with a damaged page is not opened, and says what to do",
          "[storage][catalogue]") {
  auto folder = tests::temporary_directory{};
  const auto directory = data_directory::open(folder.path().string());
  REQUIRE(directory);
  {
    auto store = catalogue::open(*directory, writer_options(), retention);
    REQUIRE(store);
    for (auto i = 0; i < 200; ++i)
      REQUIRE(store->create(
          "database-" + std::to_string(i),
          [](const std::string&) -> codec::result<void> { return {}; }));
  }
  // The table's root is an inner page by now.
  const auto look = "SELECT rootpage FROM sqlite_schema WHERE name = "
                    "'databases'";
  const auto page = std::stol(look_into(directory->catalogue_path(), look));
  const auto page_bytes
      = std::stol(look_into(directory->catalogue_path(), "PRAGMA page_size"));
  auto file = std::fstream{directory->catalogue_path(),
                           std::ios::in | std::ios::out | std::ios::binary};
  file.seekp((page - 1) * page_bytes);
  file << std::string(static_cast<std::size_t>(page_bytes), 'x');
  REQUIRE(file.flush());
  const auto opened = catalogue::open(*directory, writer_options(), retention);
  CHECK(failure_of(opened).starts_with("storage: "));
  CHECK(failure_of(opened).contains("put it back from a backup"));
}

} // namespace sluice::storage
