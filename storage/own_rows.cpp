#include "storage/own_rows.hpp"

#include "storage/sqlite_error.hpp"

#include <sqlite3.h>

#include <utility>

namespace sluice::storage {

own_rows::own_rows(connection& source, statement rows)
    : source_{&source}, rows_{std::move(rows)} {
  // nop
}

codec::result<own_rows> own_rows::query(connection& source,
                                        const std::string& sql) {
  const auto trusted = authorizer::trust{source.authorizer()};
  auto tail = std::string_view{};
  auto prepared = statement::prepare(source.handle(), sql,
                                     statement_lifetime::once, tail);
  if (!prepared)
    return std::unexpected{std::move(prepared.error())};
  return own_rows{source, std::move(*prepared)};
}

codec::result<bool> own_rows::next() {
  // It is compiled anew where the schema has changed.
  const auto trusted = authorizer::trust{source_->authorizer()};
  const auto step = sqlite3_step(rows_.handle());
  if (step != SQLITE_ROW && step != SQLITE_DONE)
    return std::unexpected{last_error(source_->handle())};
  return step == SQLITE_ROW;
}

std::string_view bytes_in(sqlite3_stmt* row, int column) {
  const auto* data
      = sqlite3_column_type(row, column) == SQLITE_TEXT
            ? reinterpret_cast<const char*>(sqlite3_column_text(row, column))
            : static_cast<const char*>(sqlite3_column_blob(row, column));
  if (data == nullptr)
    return {};
  return {data, static_cast<std::size_t>(sqlite3_column_bytes(row, column))};
}

} // namespace sluice::storage
