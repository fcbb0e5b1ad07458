#include "actors/write_reply.hpp"

#include <charconv>
#include <tuple>

namespace sluice::actors {

std::size_t write_reply::bytes() const noexcept {
  auto result = body.size();
  for (const auto& part : parts)
    result += part.rows.size();
  return result;
}

void write_reply::send(reply_token& to,
                       const reply_token::success_options& options) {
  // It is committed, so it succeeded, whatever leaves. The numbers of the
  // messages tell a requester what it lacks.
  for (const auto& part : parts)
    std::ignore = to.send_part(part.statement, part.rows);
  to.succeed(body, options);
}

std::string to_text(const write_reply& reply) {
  auto result = std::string{};
  for (const auto& part : reply.parts)
    result += std::to_string(part.statement) + ' ' + part.rows + '\n';
  return result + reply.body;
}

std::optional<write_reply> parse_write_reply(std::string_view text) {
  auto result = write_reply{};
  for (auto end = text.find('\n'); end != text.npos; end = text.find('\n')) {
    const auto line = text.substr(0, end);
    text.remove_prefix(end + 1);
    auto part = reply_part{};
    const auto [rest, problem] = std::from_chars(
        line.data(), line.data() + line.size(), part.statement);
    const auto digits = static_cast<std::size_t>(rest - line.data());
    if (problem != std::errc{} || digits >= line.size() || *rest != ' ')
      return std::nullopt;
    part.rows = line.substr(digits + 1);
    result.parts.push_back(std::move(part));
  }
  result.body = text;
  return result;
}

} // namespace sluice::actors
