#pragma once

#include "bench/blog_database.hpp"
#include "bench/outcome.hpp"

#include <string>

namespace sluice::bench {

struct posts_options {
  std::string nats_url;
  std::string prefix = "sluice";
  std::string database = "app";
  blog_size size = {.users = 1'000, .posts = 1'000'000, .seed = 1};
};

/// `sluice-bench posts`: fills a database with users and posts.
[[nodiscard]] result<exit_code> run(const posts_options& options);

} // namespace sluice::bench
