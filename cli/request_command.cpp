#include "cli/request_command.hpp"

#include "cli/terminal.hpp"
#include "messaging/header_name.hpp"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <iostream>
#include <iterator>

namespace sluice::cli {

namespace {

std::string_view header_part(std::string_view text) {
  const auto begin = text.find_first_not_of(" \t");
  if (begin == text.npos)
    return {};
  return text.substr(begin, text.find_last_not_of(" \t") - begin + 1);
}

/// A header that would break the message in two is refused.
result<messaging::header> parse_header(std::string_view text) {
  const auto colon = text.find(':');
  const auto name = text.substr(0, colon);
  const auto is_plain = [](char c) {
    return c > ' ' && c < 0x7f;
  };
  if (colon == text.npos || name.empty() || !std::ranges::all_of(name, is_plain)
      || text.find_first_of("\r\n") != text.npos)
    return fail(exit_code::usage,
                "--header must be NAME:VALUE on one line, and the name without "
                "spaces");
  return messaging::header{name, header_part(text.substr(colon + 1))};
}

/// Whether a subject can be sent to: nats.c does not look.
bool is_sendable(std::string_view subject) {
  return !subject.empty() && std::ranges::none_of(subject, [](char c) {
    return static_cast<unsigned char>(c) <= ' ' || c == '*' || c == '>';
  });
}

bool asks_for_stream(std::span<const messaging::header> headers) {
  return std::ranges::any_of(headers, [](const messaging::header& each) {
    return each.value == "true"
           && messaging::is_same_header(each.name, "Sluice-Stream");
  });
}

/// Whether a subject asks for a database's file, which is no text.
bool asks_for_file(std::string_view subject, std::string_view prefix) {
  return subject.starts_with(std::string{prefix} + ".db.")
         && subject.ends_with(".dump");
}

result<std::string> read_stdin() {
  auto result = std::string{std::istreambuf_iterator<char>{std::cin}, {}};
  if (std::cin.bad())
    return fail(exit_code::usage, "cannot read standard input");
  return result;
}

} // namespace

std::string full_subject(std::string_view text, std::string_view prefix) {
  const auto begin = std::string{prefix} + ".";
  if (text.starts_with('$') || text.starts_with(begin))
    return std::string{text};
  return begin + std::string{text};
}

request_command::request_command(CLI::App& parent)
    : app_{parent.add_subcommand("request",
                                 "Send any request and print the reply")} {
  app_->add_option("subject", subject_,
                   "Subject; the prefix `sluice.` may be left out")
      ->required()
      ->type_name("SUBJECT");
  app_->add_option(
          "json", body_,
          "Body of the request, {} if left out; - reads standard input")
      ->type_name("JSON");
  app_->add_option("--header", headers_,
                   "Header of the request, NAME:VALUE; can be repeated")
      ->type_name("NAME:VALUE")
      ->allow_extra_args(false);
  client_ = std::make_unique<client_options>(*app_);
  app_->footer(
      "The reply's body is printed as it is; with the header "
      "Sluice-Stream:true each\n"
      "message of the reply is a line. The exit status is 1 if the reply is "
      "an\n"
      "error, and 3 if there is none.\n"
      "\n"
      "Examples:\n"
      "  sluice request health\n"
      "  sluice request databases.create '{\"name\": \"app\"}'\n"
      "  sluice request db.app.query - < query.json\n"
      "  sluice request db.app.query '{...}' --header Sluice-Timeout-Ms:500\n"
      "  sluice request '$SRV.INFO'");
}

bool request_command::is_chosen() const {
  return app_->parsed();
}

result<exit_code> request_command::run() {
  auto headers = std::vector<messaging::header>{};
  for (const auto& text : headers_) {
    auto header = parse_header(text);
    if (!header)
      return std::unexpected{std::move(header.error())};
    headers.push_back(*header);
  }
  auto loaded = client_->load();
  if (!loaded)
    return std::unexpected{std::move(loaded.error())};
  const auto subject
      = full_subject(subject_, loaded->values.nats.subject_prefix);
  if (!is_sendable(subject))
    return fail(exit_code::usage,
                "\"" + subject_
                    + "\" is no subject: tokens "
                      "separated by dots, without *, > and spaces");
  const auto is_stream = asks_for_stream(headers);
  if (is_stream && asks_for_file(subject, loaded->values.nats.subject_prefix))
    return fail(exit_code::usage,
                "the reply to " + subject
                    + " is a file in parts, which lines cannot hold: `sluice "
                      "dump DATABASE --output FILE` writes it");
  auto body = body_ == "-" ? read_stdin() : result<std::string>{body_};
  if (!body)
    return std::unexpected{std::move(body.error())};
  auto server = client_->connect(*loaded);
  if (!server)
    return std::unexpected{std::move(server.error())};
  const auto print_body
      = [](const messaging::owned_message& message) -> result<void> {
    print(message.payload + "\n");
    return {};
  };
  auto reply = is_stream
                   ? server->request_stream(subject, *body, headers, print_body)
                   : server->request(subject, *body, headers);
  if (!reply)
    return std::unexpected{std::move(reply.error())};
  if (!is_stream)
    print(reply->payload + "\n");
  return is_error(*reply) ? exit_code::refused : exit_code::ok;
}

} // namespace sluice::cli
