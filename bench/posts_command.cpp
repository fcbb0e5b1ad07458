#include "bench/posts_command.hpp"

namespace sluice::bench {

result<exit_code> run(const posts_options& options) {
  auto database
      = blog_database::open(options.nats_url, options.prefix, options.database);
  if (!database)
    return fail(database.error());
  if (const auto filled = database->fill(options.size); !filled)
    return fail(filled.error());
  return exit_code::ok;
}

} // namespace sluice::bench
