#include "tests/integration/services/service_server.hpp"

#include <catch2/catch_test_macros.hpp>

/// `sluice.posts.*` and `sluice.categories.*`, but for search.
namespace sluice::tests {

TEST_CASE("a post is created, read, changed, published and deleted") {
  auto app = service_server{};
  app.add_user("ann");
  const auto made = app.must("posts.create", R"({"user_id":1,"title":"One"})");
  CHECK(made.at("/post/id") == "1");
  CHECK(made.at("/post/user_id") == "1");
  CHECK(made.at("/post/category_id") == "null");
  CHECK(made.at("/post/content") == "null");
  CHECK(made.at("/post/published") == "false");
  CHECK(app.must("posts.get", R"({"id":1})").body() == made.body());
  CHECK(app.must("posts.publish", R"({"id":1})").at("/post/published")
        == "true");
  CHECK(app.must("posts.unpublish", R"({"id":1})").at("/post/published")
        == "false");
  const auto changed = app.must(
      "posts.update", R"({"id":1,"content":"Grüße","published":true})");
  CHECK(changed.at("/post/title") == "\"One\"");
  CHECK(changed.at("/post/content") == "\"Grüße\"");
  CHECK(changed.at("/post/published") == "true");
  CHECK(
      app.must("posts.update", R"({"id":1,"content":null})").at("/post/content")
      == "null");
  CHECK(app.must("posts.delete", R"({"id":1})").at("/deleted") == "true");
  for (const auto* verb : {"get", "delete", "publish", "unpublish", "related"})
    CHECK(app.failure_of_request(std::string{"posts."} + verb, R"({"id":1})")
          == "not_found 404: no post with the id 1");
  CHECK(app.failure_of_request("posts.update", R"({"id":1,"title":"x"})")
        == "not_found 404: no post with the id 1");
}

TEST_CASE("lists have the beginning of a content, and get has all of it") {
  auto app = service_server{};
  app.add_user("ann");
  // Characters, not bytes: of two bytes each.
  const auto umlauts = [](int count) {
    auto result = std::string{};
    for (auto i = 0; i < count; ++i)
      result += "ä";
    return result;
  };
  const auto words = std::string{"water "} + umlauts(494);
  app.add_post("whole", words);
  app.add_post("cut", words + "!");
  app.must("posts.create", R"({"user_id":1,"title":"none","published":true})");
  for (const auto& [tail, body] :
       std::vector<std::pair<std::string, std::string>>{
           {"posts.list", "{}"},
           {"users.posts", R"({"id":1})"},
           {"posts.search", R"({"query":"water"})"}}) {
    CAPTURE(tail);
    const auto got = app.must(tail, body);
    auto seen = 0;
    for (auto i = 0; i < 3; ++i) {
      const auto place = "/posts/" + std::to_string(i);
      const auto title = got.at(place + "/title");
      if (title == "(none)")
        continue;
      ++seen;
      CHECK(got.at(place + "/content")
            == (title == "\"none\"" ? "null" : "\"" + words + "\""));
      CHECK(got.at(place + "/content_truncated")
            == (title == "\"cut\"" ? "true" : "false"));
    }
    CHECK(seen == (tail == "posts.search" ? 2 : 3));
  }
  const auto related = app.must("posts.related", R"({"id":1})");
  CHECK(related.at("/posts/0/content") == "\"" + words + "\"");
  CHECK(related.at("/posts/0/content_truncated") == "true");
  const auto whole = app.must("posts.get", R"({"id":2})");
  CHECK(whole.at("/post/content") == "\"" + words + "!\"");
  CHECK(whole.at("/post/content_truncated") == "(none)");
}

TEST_CASE("large posts do not keep others out of lists") {
  auto app = service_server{};
  app.add_user("ann");
  for (auto i = 0; i < 3; ++i)
    app.add_post("large", std::string(600'000, 'x'));
  CHECK(app.must("posts.list", "{}").at("/total") == "3");
  CHECK(app.must("users.posts", R"({"id":1})").at("/total") == "3");
  CHECK(app.must("posts.get", R"({"id":1})").body().size() > 600'000);
}

TEST_CASE("a setting bounds the content of a post") {
  auto app = service_server{{"--services-post-content-bytes-max", "1000"}};
  app.add_user("ann");
  app.add_post("fits", std::string(1'000, 'x'));
  const auto too_long = std::string(1'001, 'x');
  const auto why = std::string{"must have 0 to 1000 bytes, not 1001 "
                               "(services.post_content_bytes_max)"};
  for (const auto& [tail, body] :
       std::vector<std::pair<std::string, std::string>>{
           {"posts.create",
            R"({"user_id":1,"title":"x","content":")" + too_long + R"("})"},
           {"posts.update", R"({"id":1,"content":")" + too_long + R"("})"},
           {"posts.bulk_create",
            R"({"posts":[{"user_id":1,"title":"x","content":")" + too_long
                + R"("}]})"}}) {
    CAPTURE(tail);
    const auto refusal = app.failure_of_request(tail, body);
    CHECK(refusal.starts_with("bad_request 400: the field '"));
    CHECK(refusal.contains("content' " + why));
  }
}

TEST_CASE("a post needs a user and a category that are there") {
  auto app = service_server{};
  app.add_user("ann");
  CHECK(app.failure_of_request("posts.create", R"({"user_id":7,"title":"x"})")
        == "not_found 404: no user with the id 7");
  CHECK(app.failure_of_request("posts.create",
                               R"({"user_id":1,"title":"x","category_id":9})")
        == "not_found 404: no category with the id 9");
  app.add_post("x");
  CHECK(app.failure_of_request("posts.update", R"({"id":1,"category_id":9})")
        == "not_found 404: no category with the id 9");
}

TEST_CASE("each wrong field of a request on posts is named") {
  auto app = service_server{};
  app.add_user("ann");
  struct wrong {
    std::string tail;
    std::string body;
    std::string field;
  };
  const auto cases = std::vector<wrong>{
      {"posts.create", R"({"title":"x"})", "'user_id'"},
      {"posts.create", R"({"user_id":"1","title":"x"})", "'user_id'"},
      {"posts.create", R"({"user_id":1})", "'title'"},
      {"posts.create", R"({"user_id":1,"title":""})", "'title'"},
      {"posts.create",
       R"({"user_id":1,"title":")" + std::string(501, 'x') + "\"}", "'title'"},
      {"posts.create", R"({"user_id":1,"title":"x","content":1})", "'content'"},
      {"posts.create", R"({"user_id":1,"title":"x","published":1})",
       "'published'"},
      {"posts.create", R"({"user_id":1,"title":"x","published":"true"})",
       "'published'"},
      {"posts.create", R"({"user_id":1,"title":"x","category_id":0})",
       "'category_id'"},
      {"posts.create", R"({"user_id":1,"title":"x","id":1})", "'id'"},
      {"posts.update", R"({"id":1,"published":null})", "'published'"},
      {"posts.update", R"({"id":1,"title":null})", "'title'"},
      {"posts.update", R"({"id":1})", "'category_id'"},
      {"posts.list", R"({"user_id":0})", "'user_id'"},
      {"posts.list", R"({"limit":1000})", "'limit'"},
      {"posts.list", R"({"published":0})", "'published'"},
      {"posts.bulk_create", R"({})", "'posts'"},
      {"posts.bulk_create", R"({"posts":[]})", "'posts'"},
      {"posts.bulk_create", R"({"posts":{}})", "'posts'"},
      {"posts.bulk_create", R"({"posts":[1]})", "'posts'"},
      {"posts.bulk_create",
       R"({"posts":[{"user_id":1,"title":"a"},{"user_id":1}]})",
       "'posts[1].title'"},
      {"posts.bulk_create", R"({"posts":[{"user_id":1,"title":"a","x":1}]})",
       "'posts[0].x'"},
      {"posts.transfer", R"({"from_user_id":1})", "'to_user_id'"},
      {"posts.transfer", R"({"from_user_id":1,"to_user_id":1})",
       "'to_user_id'"},
      {"posts.search", R"({})", "'query'"},
      {"posts.search", R"({"query":""})", "'query'"},
      {"posts.search", R"({"query":"   "})", "'query'"},
      {"posts.search", R"({"query":["a"]})", "'query'"},
      {"posts.related", R"({"id":1,"limit":0})", "'limit'"},
      {"categories.create", R"({"name":""})", "'name'"},
      {"categories.update", R"({"id":1})", "'name'"},
      {"categories.delete", R"({})", "'id'"}};
  for (const auto& [tail, body, field] : cases) {
    CAPTURE(tail, body);
    const auto failure = app.failure_of_request(tail, body);
    CHECK(failure.starts_with("bad_request 400: "));
    CHECK(failure.contains(field));
  }
}

TEST_CASE("posts are listed by user, category and state, each with its total") {
  auto app = service_server{};
  app.add_user("ann");
  app.add_user("bob");
  app.must("categories.create", R"({"name":"News"})");
  // Five of ann, three of them published, two of those news; one of bob.
  for (const auto* more :
       {R"("published":true,"category_id":1)",
        R"("published":true,"category_id":1)", R"("published":true)",
        R"("published":false,"category_id":1)", R"("content":"x")"})
    app.must("posts.create",
             R"({"user_id":1,"title":"t",)" + std::string{more} + "}");
  app.must("posts.create", R"({"user_id":2,"title":"t","published":true})");
  const auto total = [&app](const std::string& body) {
    const auto got = app.must("posts.list", body);
    // The total, and how many really came.
    auto count = 0;
    while (got.at("/posts/" + std::to_string(count)) != "(none)")
      ++count;
    CHECK(got.at("/total") == std::to_string(count));
    return count;
  };
  CHECK(total("{}") == 6);
  CHECK(total(R"({"published":true})") == 4);
  CHECK(total(R"({"published":false})") == 2);
  CHECK(total(R"({"user_id":1})") == 5);
  CHECK(total(R"({"user_id":1,"published":true})") == 3);
  CHECK(total(R"({"user_id":1,"published":false})") == 2);
  CHECK(total(R"({"category_id":1})") == 3);
  CHECK(total(R"({"category_id":1,"published":true})") == 2);
  CHECK(total(R"({"category_id":1,"published":true,"user_id":1})") == 2);
  CHECK(total(R"({"category_id":1,"user_id":2})") == 0);
  CHECK(total(R"({"user_id":77})") == 0);
  CHECK(app.must("posts.list", R"({"limit":1})").at("/posts/0/id") == "6");
  CHECK(app.must("posts.list", R"({"limit":2,"offset":4})").at("/has_more")
        == "false");
}

TEST_CASE("posts created in bulk are there, all or none") {
  auto app = service_server{};
  app.add_user("ann");
  const auto made = app.must(
      "posts.bulk_create",
      R"({"posts":[{"user_id":1,"title":"a"},)"
      R"({"user_id":1,"title":"b","published":true,"content":"c"}]})");
  CHECK(made.body() == R"({"success":true,"inserted_ids":[1,2],"total":2})");
  CHECK(
      app.failure_of_request(
          "posts.bulk_create",
          R"({"posts":[{"user_id":1,"title":"c"},{"user_id":9,"title":"d"}]})")
      == "not_found 404: posts[1]: no user with the id 9");
  CHECK(app.failure_of_request("posts.bulk_create",
                               R"({"posts":[{"user_id":1,"title":"c"},)"
                               R"({"user_id":1,"title":"d","category_id":5}]})")
        == "not_found 404: posts[1]: no category with the id 5");
  CHECK(app.must("posts.list", "{}").at("/total") == "2");
  CHECK(app.results("SELECT count(*) AS n FROM posts") == R"([{"n":2}])");
  auto many = std::string{R"({"posts":[)"};
  for (auto i = 0; i < 1'001; ++i)
    many += R"({"user_id":1,"title":"t"},)";
  many.back() = ']';
  CHECK(app.failure_of_request("posts.bulk_create", many + "}")
        == "bad_request 400: the field 'posts' must have 1 to 1000 elements, "
           "not 1001");
}

TEST_CASE("a transfer gives all posts of a user to another one") {
  auto app = service_server{};
  app.add_user("ann");
  app.add_user("bob");
  app.add_post("rivers");
  app.add_post("lakes");
  CHECK(
      app.must("posts.transfer", R"({"from_user_id":1,"to_user_id":2})").body()
      == R"({"success":true,"posts_transferred":2})");
  CHECK(app.must("posts.transfer", R"({"from_user_id":1,"to_user_id":2})")
            .at("/posts_transferred")
        == "0");
  CHECK(app.must("users.posts", R"({"id":2})").at("/total") == "2");
  CHECK(app.must("posts.search", R"({"query":"bob rivers"})").at("/total")
        == "1");
  CHECK(app.must("posts.search", R"({"query":"ann"})").at("/total") == "0");
  CHECK(app.failure_of_request("posts.transfer",
                               R"({"from_user_id":1,"to_user_id":9})")
        == "not_found 404: no user with the id 9");
  CHECK(app.failure_of_request("posts.transfer",
                               R"({"from_user_id":8,"to_user_id":1})")
        == "not_found 404: no user with the id 8");
}

TEST_CASE("categories have names of their own, and leave their posts behind") {
  auto app = service_server{};
  app.add_user("ann");
  const auto made = app.must("categories.create",
                             R"({"name":"News","description":"What is new"})");
  CHECK(made.at("/category/id") == "1");
  CHECK(made.at("/category/description") == "\"What is new\"");
  app.must("categories.create", R"({"name":"Art"})");
  CHECK(app.failure_of_request("categories.create", R"({"name":"news"})")
        == "conflict 409: another category has this name already");
  CHECK(app.failure_of_request("categories.update", R"({"id":2,"name":"NEWS"})")
        == "conflict 409: another category has this name already");
  const auto listed = app.must("categories.list", "{}");
  CHECK(listed.at("/categories/0/name") == "\"Art\"");
  CHECK(listed.at("/categories/1/name") == "\"News\"");
  CHECK(listed.at("/total") == "2");
  CHECK(app.must("categories.update", R"({"id":1,"description":null})")
            .at("/category/description")
        == "null");
  app.must("posts.create", R"({"user_id":1,"title":"x","category_id":1})");
  app.must("categories.delete", R"({"id":1})");
  CHECK(app.must("posts.get", R"({"id":1})").at("/post/category_id") == "null");
  for (const auto* tail : {"categories.update", "categories.delete"})
    CHECK(app.failure_of_request(tail, tail == std::string{"categories.delete"}
                                           ? R"({"id":1})"
                                           : R"({"id":1,"name":"x"})")
          == "not_found 404: no category with the id 1");
}

} // namespace sluice::tests
