#include "codec/json_writer.hpp"
#include "tests/integration/services/service_server.hpp"

#include <catch2/catch_test_macros.hpp>

#include <set>

/// `sluice.posts.search` and `.related`
namespace sluice::tests {

namespace {

reply search(service_server& app, const std::string& query,
             const std::string& more = "") {
  return app.must("posts.search",
                  "{\"query\":" + codec::quoted(query) + more + "}");
}

std::string titles(const reply& got) {
  auto result = std::string{};
  for (auto i = 0;; ++i) {
    const auto title = got.at("/posts/" + std::to_string(i) + "/title");
    if (title == "(none)")
      return result;
    result += title;
  }
}

} // namespace

TEST_CASE("search finds words, phrases, beginnings of words and authors") {
  auto app = service_server{};
  app.add_user("ann");
  app.add_user("Böll");
  app.add_post("Rivers of Europe", "The Danube is long");
  app.add_post("Lakes", "No rivers here, but water");
  app.must("posts.create", R"({"user_id":2,"title":"Mountains","published":)"
                           R"(true,"content":"high and cold"})");
  CHECK(titles(search(app, "rivers")) == R"("Rivers of Europe""Lakes")");
  CHECK(titles(search(app, "RIVERS water")) == R"("Lakes")");
  CHECK(titles(search(app, R"("danube is")")) == R"("Rivers of Europe")");
  CHECK(titles(search(app, R"("is danube")")).empty());
  CHECK(titles(search(app, "moun*")) == R"("Mountains")");
  CHECK(titles(search(app, "moun")).empty());
  // Letters are found with and without their marks.
  CHECK(titles(search(app, "boll")) == R"("Mountains")");
  CHECK(titles(search(app, "Böll cold")) == R"("Mountains")");
  const auto found = search(app, "danube");
  CHECK(found.at("/posts/0/author_name") == "\"ann\"");
  CHECK(found.at("/posts/0/snippet") == R"("The <mark>Danube</mark> is long")");
  CHECK(found.at("/posts/0/published") == "true");
  CHECK(std::stod(found.at("/posts/0/score")) > 0);
  CHECK(found.at("/total") == "1");
}

TEST_CASE("a search sees changes of posts and authors at once") {
  auto app = service_server{};
  app.add_user("ann");
  app.add_post("Rivers", "blue");
  app.must("users.update", R"({"id":1,"name":"Berta"})");
  CHECK(search(app, "ann").at("/total") == "0");
  CHECK(search(app, "berta").at("/total") == "1");
  app.must("posts.update", R"({"id":1,"title":"Seas"})");
  CHECK(search(app, "rivers").at("/total") == "0");
  CHECK(search(app, "seas blue berta").at("/total") == "1");
  app.must("posts.unpublish", R"({"id":1})");
  CHECK(search(app, "seas").at("/total") == "0");
  CHECK(search(app, "seas", R"(,"include_unpublished":true)").at("/total")
        == "1");
  app.must("posts.delete", R"({"id":1})");
  CHECK(search(app, "seas", R"(,"include_unpublished":true)").at("/total")
        == "0");
  app.run("INSERT INTO posts_search(posts_search) VALUES ('integrity-check')");
}

TEST_CASE("any text can be searched for") {
  auto app = service_server{};
  app.add_user("ann");
  app.add_post("C++ and the \"quoted\" NOT", "don't AND (or) NEAR: title^2");
  for (const auto* query : {"\"",
                            "\"\"",
                            "\"\"\"",
                            "*",
                            "**",
                            "a*b*",
                            "AND",
                            "OR",
                            "NOT",
                            "NEAR(a b)",
                            "(",
                            ")",
                            "title:x",
                            "{title}:x",
                            "^x",
                            "a + b",
                            "-x",
                            "'",
                            "';--",
                            "\\",
                            "%",
                            "_",
                            "\xf0\x9f\x98\x80",
                            "\xf0\x9f\x98\x80 *",
                            "\" OR 1",
                            "x\ty\nz",
                            "C++",
                            "日本語",
                            "\xcc\x81"}) {
    CAPTURE(query);
    CHECK(search(app, query).at("/success") == "true");
  }
  CHECK(search(app, "don't").at("/total") == "1");
  CHECK(search(app, "NOT").at("/total") == "1");
  CHECK(search(app, "quoted and").at("/total") == "1");
  CHECK(search(app, "\xf0\x9f\x98\x80").at("/posts") == "[]");
  CHECK(app.failure_of_request("posts.search", R"({"query":"a\u0000b"})")
        == "bad_request 400: the field 'query' contains a NUL character");
  auto words = std::string{};
  while (words.size() < 10'000)
    words += "word" + std::to_string(words.size()) + " \" ";
  CHECK(search(app, words).at("/total") == "0");
  CHECK(search(app, std::string(10'000, '"')).at("/total") == "0");
  CHECK(search(app, std::string(10'000, 'x')).at("/total") == "0");
  CHECK(
      app.failure_of_request("posts.search",
                             "{\"query\":\"" + std::string(16'385, 'x') + "\"}")
          .contains("'query' must have 1 to 16384 bytes"));
}

TEST_CASE("a snippet is HTML whose only marks are those of the words") {
  auto app = service_server{};
  app.add_user("ann");
  app.add_post("x", "<script>alert(1)</script> & rivers");
  CHECK(
      search(app, "rivers").at("/posts/0/snippet")
      == "\"&lt;script&gt;alert(1)&lt;/script&gt; &amp; <mark>rivers</mark>\"");
}

TEST_CASE("a long text of one word stops no search for that word") {
  auto app = service_server{};
  app.add_user("ann");
  auto words = std::string{};
  while (words.size() < 900'000)
    words += "river ";
  app.add_post("long", words);
  app.add_post("short", "river");
  // FTS5's own snippet() compares the 150,000 words with one another: hours.
  const auto found = search(app, "river", R"(,"limit":1)");
  CHECK(found.at("/total") == "2");
  CHECK(found.at("/posts/0/snippet").contains("<mark>river</mark>"));
}

TEST_CASE("pages of a search hold each post once, in one order") {
  auto app = service_server{};
  app.add_user("ann");
  auto posts = std::string{};
  for (auto i = 0; i < 30; ++i)
    posts += std::string{posts.empty() ? "" : ","}
             + R"({"user_id":1,"published":true,"title":"same words"})";
  app.must("posts.bulk_create", "{\"posts\":[" + posts + "]}");
  auto seen = std::set<std::string>{};
  for (auto offset = 0; offset < 30; offset += 7) {
    const auto page = search(
        app, "same", ",\"limit\":7,\"offset\":" + std::to_string(offset));
    CHECK(page.at("/total") == "30");
    CHECK(page.at("/has_more") == (offset + 7 < 30 ? "true" : "false"));
    for (auto i = 0; i < 7; ++i)
      if (const auto id = page.at("/posts/" + std::to_string(i) + "/id");
          id != "(none)")
        CHECK(seen.insert(id).second);
  }
  CHECK(seen.size() == 30);
}

TEST_CASE("related posts share rare words, and those of the title count more") {
  auto app = service_server{};
  app.add_user("ann");
  app.add_post("Danube rivers", "water and boats"); // 1
  app.add_post("Boats", "common water");            // 2: two words
  app.add_post("The Danube", "common");             // 3: in both titles
  app.add_post("Hills", "common danube");           // 4: in one title
  app.add_post("Nothing", "common");                // 5: none
  app.must("posts.create",
           R"({"user_id":1,"title":"Danube rivers boats"})"); // 6: a draft
  for (auto i = 0; i < 5; ++i)
    app.add_post("filler " + std::to_string(i), "common");
  const auto related = app.must("posts.related", R"({"id":1})");
  CHECK(titles(related) == R"("The Danube""Boats""Hills")");
  CHECK(related.at("/posts/0/author_name") == "\"ann\"");
  CHECK(std::stod(related.at("/posts/0/similarity_score"))
        > std::stod(related.at("/posts/2/similarity_score")));
  CHECK(std::stod(related.at("/posts/2/similarity_score")) > 0);
  CHECK(titles(app.must("posts.related", R"({"id":1,"limit":1})"))
        == R"("The Danube")");
  // A draft has related posts as well.
  CHECK(titles(app.must("posts.related", R"({"id":6})"))
            .starts_with(R"("Danube rivers")"));
  app.add_post("xyzzy");
  CHECK(app.must("posts.related", R"({"id":12})").body()
        == R"({"success":true,"posts":[]})");
}

} // namespace sluice::tests
