#include "services/endpoint.hpp"

#include "services/service_table.hpp"

#include <algorithm>
#include <array>
#include <deque>
#include <string>
#include <unordered_map>
#include <vector>

namespace sluice::services {

namespace {

// To serve another request that is none of a service, add its id above and its
// row here.
constexpr auto table = std::array{
    endpoint{endpoint_id::db_query, "db_query", "db.*.query",
             "One statement, or an atomic batch"},
    endpoint{endpoint_id::db_exec, "db_exec", "db.*.exec",
             "A script of many statements, without parameters"},
    endpoint{endpoint_id::db_migrations_apply, "db_migrations_apply",
             "db.*.migrations.apply",
             "Versioned changes of the schema, each once"},
    endpoint{endpoint_id::db_migrations_list, "db_migrations_list",
             "db.*.migrations.list", "The changes that were applied"},
    endpoint{endpoint_id::db_dump, "db_dump", "db.*.dump",
             "The bytes of a database, as a stream"},
    endpoint{endpoint_id::db_running, "db_running", "db.*.running",
             "What runs for a database now"},
    endpoint{endpoint_id::db_cancel, "db_cancel", "db.*.cancel",
             "Ends a request that runs"},
    endpoint{endpoint_id::databases_create, "databases_create",
             "databases.create", "Creates a database"},
    endpoint{endpoint_id::databases_get, "databases_get", "databases.get",
             "Describes a database"},
    endpoint{endpoint_id::databases_list, "databases_list", "databases.list",
             "Lists databases"},
    endpoint{endpoint_id::databases_delete, "databases_delete",
             "databases.delete", "Deletes a database"},
    endpoint{endpoint_id::health, "health", "health",
             "Whether this server can serve"},
    endpoint{endpoint_id::stats, "stats", "stats", "This server's counters"},
};

static_assert(table.size() == static_cast<std::size_t>(endpoint_id::service_0_),
              "Every endpoint needs a row.");
static_assert(std::ranges::is_sorted(table, {}, &endpoint::id),
              "The rows stand in the order of their ids.");

constexpr auto subscribed
    = std::array<std::string_view, 4>{"db.>", "databases.>", "health", "stats"};

/// The table with the operations of the services.
class endpoint_list {
public:
  endpoint_list() : rows_{table.begin(), table.end()} {
    for (const auto tail : subscribed)
      subscriptions_.push_back(tail);
    for (const auto* each : service_table()) {
      subscriptions_.push_back(
          texts_.emplace_back(std::string{each->name} + ".>"));
      for (const auto& operation : each->operations)
        add(*each, operation);
    }
    for (const auto& row : rows_)
      if (!row.subject.contains('*'))
        by_subject_.emplace(row.subject, row.id);
  }

  [[nodiscard]] std::span<const endpoint> rows() const noexcept {
    return rows_;
  }
  [[nodiscard]] std::span<const std::string_view>
  subscriptions() const noexcept {
    return subscriptions_;
  }
  /// Of a subject without a database's name.
  [[nodiscard]] endpoint_id find(std::string_view subject) const noexcept {
    const auto found = by_subject_.find(subject);
    return found != by_subject_.end() ? found->second : endpoint_id::none;
  }

private:
  void add(const service& owner, const operation& declared) {
    const auto& subject = texts_.emplace_back(std::string{owner.name} + "."
                                              + std::string{declared.name});
    auto& name = texts_.emplace_back(subject);
    std::ranges::replace(name, '.', '_');
    rows_.push_back({static_cast<endpoint_id>(rows_.size()), name, subject,
                     declared.description, &declared});
  }

  /// What the rows' views look at.
  std::deque<std::string> texts_;
  std::vector<endpoint> rows_;
  std::vector<std::string_view> subscriptions_;
  std::unordered_map<std::string_view, endpoint_id> by_subject_;
};

const endpoint_list& all_endpoints() noexcept {
  static const auto all = endpoint_list{};
  return all;
}

constexpr auto database_name_bytes_max = std::size_t{63};

constexpr bool is_letter_or_digit(char c) noexcept {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

/// Takes the text up to the next dot off the front of `rest`.
std::string_view next_token(std::string_view& rest) noexcept {
  const auto dot = rest.find('.');
  const auto result = rest.substr(0, dot);
  rest.remove_prefix(dot == std::string_view::npos ? rest.size() : dot + 1);
  return result;
}

/// NATS knows no such subject, and neither does the table.
bool has_empty_token(std::string_view subject) noexcept {
  return subject.starts_with('.') || subject.ends_with('.')
         || subject.contains("..");
}

bool matches(std::string_view pattern, std::string_view tail,
             std::string_view& database_out) noexcept {
  while (!pattern.empty() && !tail.empty()) {
    const auto expected = next_token(pattern);
    const auto actual = next_token(tail);
    if (expected == "*")
      database_out = actual;
    else if (expected != actual)
      return false;
  }
  return pattern.empty() && tail.empty();
}

} // namespace

std::span<const endpoint> endpoints() noexcept {
  return all_endpoints().rows();
}

std::span<const std::string_view> subscriptions() noexcept {
  return all_endpoints().subscriptions();
}

std::optional<target> resolve(std::string_view tail) noexcept {
  if (has_empty_token(tail))
    return std::nullopt;
  if (const auto id = all_endpoints().find(tail); id != endpoint_id::none)
    return target{id, {}};
  for (const auto& row : table) {
    auto result = target{row.id, {}};
    if (matches(row.subject, tail, result.database))
      return result;
  }
  return std::nullopt;
}

bool is_database_name(std::string_view name) noexcept {
  return !name.empty() && name.size() <= database_name_bytes_max
         && is_letter_or_digit(name.front())
         && std::ranges::all_of(name, [](char c) {
              return is_letter_or_digit(c) || c == '_' || c == '-';
            });
}

} // namespace sluice::services
