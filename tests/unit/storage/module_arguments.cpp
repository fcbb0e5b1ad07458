#include "storage/module_arguments.hpp"

#include <catch2/catch_test_macros.hpp>

namespace sluice::storage {

namespace {

using texts = std::vector<std::string>;

module_call call_of(std::string_view sql) {
  CAPTURE(sql);
  auto result = parse_module_call(sql);
  REQUIRE(result.has_value());
  return *result;
}

} // namespace

TEST_CASE("the module of a virtual table and its arguments are read",
          "[storage][export]") {
  const auto call = call_of(
      "CREATE VIRTUAL TABLE \"a USING (b\" /* USING x */ USING FTS5(a, b "
      "UNINDEXED, tokenize=\"unicode61 tokenchars '(,'\", content = 't,)')");
  CHECK(call.module == "fts5");
  CHECK(call.arguments
        == texts{"a", "b UNINDEXED", "tokenize=\"unicode61 tokenchars '(,'\"",
                 "content = 't,)'"});
  CHECK(call_of("CREATE VIRTUAL TABLE t USING dbstat").arguments.empty());
  CHECK(
      call_of("create virtual table [t] using\n\"rtree\"(id,(a,b),c)").arguments
      == texts{"id", "(a,b)", "c"});
  CHECK(call_of("CREATE VIRTUAL TABLE IF NOT EXISTS main . \"using\" USING "
                "Fts4 (x)")
            .module
        == "fts4");
  CHECK_FALSE(parse_module_call("CREATE TABLE t(x)").has_value());
  CHECK_FALSE(parse_module_call("").has_value());
  CHECK_FALSE(parse_module_call("CREATE VIRTUAL TABLE t").has_value());
}

TEST_CASE("where a full-text table has its texts is read",
          "[storage][export]") {
  const auto content_of = [](const std::string& call) {
    return content_option(call_of("CREATE VIRTUAL TABLE f USING " + call));
  };
  CHECK(content_of("fts5(content, x)") == std::nullopt);
  CHECK(content_of("fts5(x, content='')") == "");
  CHECK(content_of("fts5(x, Cont = \"a b\")") == "a b");
  CHECK(content_of("fts5(x, content_rowid=id)") == std::nullopt);
  CHECK(content_of("fts4(x, content=)") == "");
  CHECK(content_of("fts4(x, cont='')") == std::nullopt);
}

TEST_CASE("an option of a virtual table is read without its quotes",
          "[storage][export]") {
  for (const auto& [text, value] :
       std::vector<std::pair<std::string, std::string>>{
           {"Content=posts", "posts"},
           {"content = 'it''s'", "it's"},
           {"content=\"a \"\"b\"\"\"", "a \"b\""},
           {"content=[a b]", "a b"},
           {"content=''", ""},
           {"content=", ""}}) {
    CAPTURE(text);
    const auto option = parse_module_option(text);
    REQUIRE(option.has_value());
    CHECK(option->name == "content");
    CHECK(option->value == value);
  }
  CHECK_FALSE(parse_module_option("title").has_value());
  CHECK_FALSE(parse_module_option("a b = c").has_value());
}

} // namespace sluice::storage
