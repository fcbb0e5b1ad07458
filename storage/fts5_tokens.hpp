#pragma once

#include <cstdint>
#include <string>
#include <string_view>

struct sqlite3;

/// Lists of tokens that FTS5 takes as they are, in the place of a text from
/// which it would make them: for a full-text index whose texts are nowhere, and
/// whose tokenizer would make others of its own tokens (docs/adr/0028).
///
/// A list is a text: tokens with a blank between them, in the order of their
/// places. In a token a backslash makes the byte behind it a part of the token,
/// as a blank or another backslash. An entry that begins with \+ is one more
/// token at the place before it; \*N stands for the token before it N times
/// again.
namespace sluice::storage {

/// The function of SQL that makes a value of a list, to be put into a column of
/// a table of FTS5; NULL of NULL. What it gives is good in this process.
inline constexpr auto fts5_tokens_function
    = std::string_view{"sluice_fts5_tokens"};

/// Registers the function, and has the tokenizers of FTS5 (unicode61, ascii,
/// porter, trigram) take what it gives, for one connection. A table that names
/// no tokenizer has one of FTS5's own, which does not.
/// @return SQLite's result code.
[[nodiscard]] int register_fts5_tokens(sqlite3* db) noexcept;

/// Appends to a list: a token at the next place, one at the place of the last,
/// or the last one for some places more.
void append_token(std::string& list, std::string_view token);
void append_token_at_same_place(std::string& list, std::string_view token);
void append_repeats(std::string& list, std::uint64_t times);

} // namespace sluice::storage
