#pragma once

#include "codec/error.hpp"
#include "storage/connection.hpp"
#include "storage/exported_schema.hpp"
#include "storage/index_sizes.hpp"
#include "storage/index_texts.hpp"
#include "storage/own_rows.hpp"

#include <cstdint>
#include <optional>
#include <string>

namespace sluice::storage {

/// The documents of an index of FTS5, one by one. Those without a word come,
/// too; where the index does not keep their ids (columnsize=0), with others.
class index_documents {
public:
  /// @param words as of `read_index_words`; outlives this unchanged, as the
  ///   index does.
  [[nodiscard]] static codec::result<index_documents>
  open(connection& source, const exported_table& table,
       const std::string& words);

  [[nodiscard]] index_detail detail() const noexcept {
    return detail_;
  }

  /// @return nothing behind the last; `constraint` where the parts of the index
  ///   do not fit together.
  [[nodiscard]] codec::result<std::optional<indexed_document>> next();

private:
  index_documents(const exported_table& table, own_rows words,
                  index_detail detail);
  [[nodiscard]] codec::result<void> step();
  [[nodiscard]] codec::result<void> read_words(indexed_document& into);
  [[nodiscard]] codec::result<std::optional<indexed_document>>
  next_kept(kept_sizes& kept);
  [[nodiscard]] codec::result<std::optional<indexed_document>>
  next_shared(shared_sizes& shared);

  const exported_table* table_;
  own_rows words_;
  index_detail detail_;
  bool has_word_ = false;
  // One of them.
  std::optional<kept_sizes> kept_;
  std::optional<shared_sizes> shared_;
  std::uint64_t empty_ones_left_ = 0;
  std::int64_t last_id_ = 0;
};

} // namespace sluice::storage
