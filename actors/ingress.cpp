#include "actors/ingress.hpp"

#include "actors/diversions.hpp"
#include "actors/read_queue.hpp"
#include "actors/running_requests.hpp"
#include "codec/fingerprint.hpp"
#include "services/request_deadline.hpp"
#include "services/request_headers.hpp"
#include "services/statement_kind.hpp"
#include "services/trace_context.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <utility>

namespace sluice::actors {

using codec::error_code;

namespace {

/// With no more than so many requests in flight, a reply that ingress itself
/// gives is sent at once.
constexpr auto quiet_requests_max = std::uint64_t{16};

/// What a request costs in memory besides its payload, about.
constexpr auto request_overhead_bytes = std::size_t{512};

using std::chrono::milliseconds;

milliseconds unix_now() {
  return std::chrono::duration_cast<milliseconds>(
      std::chrono::system_clock::now().time_since_epoch());
}

/// The variant that the decoded fields make, or their error.
template <class T>
codec::result<job_body> as_body(codec::result<T> decoded) {
  if (!decoded)
    return std::unexpected{std::move(decoded.error())};
  return job_body{std::move(*decoded)};
}

/// Who is to run it first.
job_route route_of(const job_body& body) {
  auto reads = std::holds_alternative<services::list_migrations>(body)
               || std::holds_alternative<services::dump_database>(body);
  if (const auto* query = std::get_if<codec::query_request>(&body))
    reads = services::looks_like_read(*query);
  if (const auto* request = std::get_if<services::service_request>(&body))
    reads = !request->operation->is_write;
  return reads ? job_route::reader : job_route::writer;
}

} // namespace

ingress::ingress(ingress_options options)
    : options_{std::move(options)}, prefix_{options_.prefix + "."},
      accounts_{options_.context, options_.catalog},
      reply_subjects_{options_.context.settings.nats},
      service_databases_{options_.context.settings.services},
      server_full_{
          {error_code::overloaded, "the queue of this server is full"}},
      database_full_{options_.context.databases.refusal(
          open_databases::outcome::overloaded, {})} {
  const auto& limits = options_.context.settings.limits;
  limits_.sql_bytes_max = limits.sql_bytes_max;
  limits_.parameters_max = limits.parameters_max;
  limits_.batch_statements_max = limits.batch_statements_max;
  limits_.value_bytes_max = limits.row_bytes_max;
  field_limits_.post_content_bytes_max
      = options_.context.settings.services.post_content_bytes_max;
}

void ingress::on_message(const messaging::inbound_message& message) noexcept {
  try {
    serve(message);
  } catch (const std::exception& problem) {
    // Out of memory. The request's token has answered on its way out.
    spdlog::error("a request on {} failed: {}", message.subject(),
                  problem.what());
  }
}

void ingress::serve(const messaging::inbound_message& message) {
  auto& context = options_.context;
  has_refused_ = false;
  // Only this thread writes it.
  received_.store(received() + 1, std::memory_order_relaxed);
  if (!may_reply(message))
    return;
  auto tail = message.subject();
  tail.remove_prefix(std::min(tail.size(), prefix_.size()));
  const auto target = services::resolve(tail);
  auto token = reply_token{
      context.replies, target ? target->id : services::endpoint_id::none,
      message.reply_to(),
      services::valid_traceparent(message.header("traceparent"))};
  if (!target)
    token.fail({error_code::not_found,
                "nobody serves the subject "
                    + options_.context.settings.nats.subject_prefix + "."
                    + std::string{tail}});
  else
    serve_endpoint(message, *target, std::move(token));
  flush_if_quiet();
}

/// Nobody could be told what became of a request whose reply is refused: it is
/// not executed.
bool ingress::may_reply(const messaging::inbound_message& message) {
  const auto why = reply_subjects_.refusal(message.reply_to());
  if (!why)
    return true;
  options_.context.replies.counters.count_refused_reply();
  // The subject itself is the client's text: it stays out of the log.
  if (const auto others = refusal_lines_.pass())
    spdlog::warn("a request, and {} before it, were not executed: their reply "
                 "subject is refused, {}",
                 *others, *why);
  return false;
}

void ingress::serve_endpoint(const messaging::inbound_message& message,
                             const services::target& target,
                             reply_token token) {
  // Also under load, and while stopping: those who look after it must see.
  if (target.id == services::endpoint_id::health) {
    token.succeed(services::encode_health(state()));
    return;
  }
  if (target.id == services::endpoint_id::stats) {
    token.succeed(services::encode_server_stats(
        state(), options_.context.replies.counters.snapshot()));
    return;
  }
  if (target.id == services::endpoint_id::db_running
      || target.id == services::endpoint_id::db_cancel) {
    supervise(message, target, token);
    return;
  }
  if (is_stopping_.load(std::memory_order_relaxed)) {
    token.fail({error_code::unavailable, "the server is shutting down"});
    return;
  }
  auto database = database_of(message, target);
  if (!database) {
    token.fail(database.error());
    return;
  }
  watch_flood(message, target.database);
  const auto bytes = message.payload().size() + request_overhead_bytes;
  if (!options_.admitted.try_enter(bytes)) {
    has_refused_ = true;
    token.fail(server_full_);
    return;
  }
  token.hold_server_permit({options_.admitted, bytes});
  if (refuse_early(message, *database, bytes, token)) {
    has_refused_ = true;
    return;
  }
  if (auto room = check_room_for_reply(token); !room) {
    has_refused_ = true;
    token.fail(room.error());
    return;
  }
  auto work = std::make_shared<job>();
  work->bytes = bytes;
  work->database = *database;
  if (auto read = read_headers(message, target.id, *work, token); !read) {
    token.fail(read.error());
    return;
  }
  auto body = decode(target.id, message.payload());
  if (!body) {
    token.fail(body.error());
    return;
  }
  work->reply = std::move(token);
  work->body = std::move(*body);
  work->route = route_of(work->body);
  if (const auto* request = std::get_if<services::service_request>(&work->body);
      request != nullptr && !request->operation->authentication.is_empty()) {
    dispatch_account(std::move(work), message, target.id);
    return;
  }
  dispatch(std::move(work));
}

/// Lists what runs for a database, or ends a request of it. A full queue is a
/// reason to ask.
void ingress::supervise(const messaging::inbound_message& message,
                        const services::target& target, reply_token& token) {
  const auto fields = decoder_.decode_fields(message.payload(), limits_);
  if (!fields) {
    token.fail(fields.error());
    return;
  }
  const auto& running = options_.context.running;
  if (target.id == services::endpoint_id::db_running) {
    if (const auto allowed = services::decode_running(*fields); !allowed)
      token.fail(allowed.error());
    else if (const auto listed = running.list(target.database); !listed)
      token.fail(listed.error());
    else
      token.succeed(*listed);
    return;
  }
  auto done = codec::result<void>{};
  if (const auto id = services::decode_cancel(*fields); !id)
    done = std::unexpected{id.error()};
  else
    done = running.cancel(target.database, *id);
  if (done)
    token.succeed(services::encode_cancelled());
  else
    token.fail(done.error());
}

/// While what comes waits, whoever it is that most of it is for delays all.
void ingress::watch_flood(const messaging::inbound_message& message,
                          std::string_view database) {
  // A subject may be anything; one with a wildcard must not be subscribed to.
  if (options_.diversions == nullptr || !message.has_backlog()
      || !services::is_database_name(database))
    return;
  flood_.note(database, [this](std::string_view flooded) {
    options_.diversions->divert(options_.prefix, flooded);
  });
}

void ingress::dispatch_account(job_ptr work,
                               const messaging::inbound_message& message,
                               services::endpoint_id endpoint) {
  accounts_.start(
      std::move(work),
      {.authorization = message.header("Authorization"),
       .client_address = message.header("Sluice-Client-Address"),
       .payload = message.payload(),
       .endpoint
       = services::endpoints()[static_cast<std::size_t>(endpoint)].name});
}

/// Asks before the request is decoded: a refusal is to cost far less than what
/// is refused. Under little load no database can be full.
bool ingress::refuse_early(const messaging::inbound_message& message,
                           std::string_view database, std::size_t bytes,
                           reply_token& token) {
  const auto& bounds = options_.context.settings.admission;
  const auto& all = options_.admitted;
  if (!message.has_backlog()
      && all.requests() <= std::min<std::uint64_t>(bounds.database_requests_max,
                                                   bounds.requests_max / 3)
      && all.bytes()
             <= std::min(bounds.database_bytes_max, bounds.bytes_max / 3))
    return false;
  const auto outcome = options_.context.databases.look_ahead(database, bytes);
  if (outcome == open_databases::outcome::sent)
    return false;
  if (outcome == open_databases::outcome::overloaded)
    token.fail(database_full_);
  else
    token.fail(
        options_.context.databases.refusal(outcome, std::string{database}));
  return true;
}

/// The database that a request is for: its subject names it, or, where it is
/// one of a service, a header or a setting does. Empty: the catalogue.
codec::result<std::string_view>
ingress::database_of(const messaging::inbound_message& message,
                     const services::target& target) const {
  const auto index = static_cast<std::size_t>(target.id);
  if (services::endpoints()[index].operation == nullptr)
    return target.database;
  const auto named = message.header("Sluice-Database");
  if (named.empty())
    return std::string_view{options_.context.settings.services.database};
  if (!services::is_database_name(named))
    return codec::fail(error_code::bad_request,
                       "the header Sluice-Database is not valid: "
                           + std::string{services::database_name_rule});
  if (!service_databases_.contains(named))
    return codec::fail(error_code::not_authorized,
                       "services do not work on the database '"
                           + std::string{named}
                           + "': the setting services.databases does not list "
                             "it");
  return named;
}

codec::result<void>
ingress::read_headers(const messaging::inbound_message& message,
                      services::endpoint_id endpoint, job& work,
                      reply_token& token) const {
  auto headers = services::parse_request_headers(
      {.timeout_ms = message.header("Sluice-Timeout-Ms"),
       .sent_ms = message.header("Sluice-Sent-Ms"),
       .bookmark = message.header("Sluice-Bookmark"),
       .message_id = message.header("Nats-Msg-Id"),
       .stream = message.header("Sluice-Stream"),
       .window = message.header("Sluice-Window"),
       .heartbeat = message.header("Sluice-Heartbeat")},
      options_.context.settings.limits);
  if (!headers)
    return std::unexpected{std::move(headers.error())};
  const auto until = services::deadline_of(
      *headers, {.now = clock::now(),
                 .unix_now = headers->sent ? unix_now() : milliseconds{0},
                 .arrived = message.arrived()});
  if (!until)
    return std::unexpected{until.error()};
  work.until = *until;
  work.constraint = std::move(headers->constraint);
  work.wants_heartbeat = headers->wants_heartbeat;
  const auto is_query = endpoint == services::endpoint_id::db_query;
  const auto is_dump = endpoint == services::endpoint_id::db_dump;
  if (is_dump && !headers->wants_stream)
    return codec::fail(error_code::bad_request,
                       "a dump comes as a stream: it needs the header "
                       "Sluice-Stream: true");
  if (headers->wants_stream && (is_query || is_dump))
    token.begin_stream(options_.streams, headers->window);
  if (!headers->message_id.empty())
    work.identity = storage::request_identity{
        std::move(headers->message_id),
        codec::fingerprint(
            {services::endpoints()[static_cast<std::size_t>(endpoint)].name,
             token.is_stream() ? "stream" : "", work.database,
             message.payload()})};
  return {};
}

codec::result<job_body> ingress::decode(services::endpoint_id endpoint,
                                        std::string_view payload) {
  using services::endpoint_id;
  if (endpoint == endpoint_id::db_query)
    return as_body(decoder_.decode_query(payload, limits_));
  if (endpoint == endpoint_id::db_exec)
    return as_body(decoder_.decode_exec(payload, limits_));
  if (const auto* operation
      = services::endpoints()[static_cast<std::size_t>(endpoint)].operation;
      operation != nullptr) {
    auto object = decoder_.decode_object(payload, limits_);
    if (!object)
      return std::unexpected{std::move(object.error())};
    return as_body(services::decode_service(*operation, std::move(*object),
                                            field_limits_));
  }
  if (endpoint == endpoint_id::db_migrations_apply
      || endpoint == endpoint_id::db_migrations_list) {
    auto object = decoder_.decode_object(payload, limits_);
    if (!object)
      return std::unexpected{std::move(object.error())};
    if (endpoint == endpoint_id::db_migrations_list)
      return as_body(services::decode_list_migrations(std::move(*object)));
    return as_body(services::decode_apply_migrations(std::move(*object)));
  }
  auto fields = decoder_.decode_fields(payload, limits_);
  if (!fields)
    return std::unexpected{std::move(fields.error())};
  switch (endpoint) {
  case endpoint_id::db_dump:
    return as_body(services::decode_dump_database(*fields));
  case endpoint_id::databases_create:
    return as_body(services::decode_create_database(*fields));
  case endpoint_id::databases_get:
    return as_body(services::decode_get_database(*fields));
  case endpoint_id::databases_list:
    return as_body(services::decode_list_databases(*fields));
  case endpoint_id::databases_delete:
    return as_body(services::decode_delete_database(*fields));
  default:
    return codec::fail(error_code::internal, "an endpoint has no decoder");
  }
}

void ingress::dispatch(job_ptr work) {
  options_.context.databases.dispatch(std::move(work), options_.catalog);
}

void ingress::flush_if_quiet() noexcept {
  // Under load the connection gathers what is sent.
  if (options_.admitted.requests() <= quiet_requests_max)
    options_.context.replies.sink.flush();
}

services::server_state ingress::state() const {
  const auto& context = options_.context;
  auto result = services::server_state{};
  result.server = context.server_name;
  result.version = options_.identity.version;
  result.is_ready = !is_stopping_.load(std::memory_order_relaxed);
  result.uptime_s = static_cast<std::uint64_t>(
      std::chrono::duration_cast<std::chrono::seconds>(clock::now() - started_)
          .count());
  result.databases_open = context.databases.size();
  const auto broken
      = context.databases.quarantined(services::quarantined_listed_max);
  result.databases_quarantined = broken.count;
  for (const auto& [name, why] : broken.first)
    result.quarantined.push_back(
        {name, why.uuid, why.since, why.cause, why.is_readable});
  result.shortage = context.databases.shortage();
  const auto disk = context.directory.room().last();
  result.disk = storage::name(disk.state);
  result.disk_free_bytes = disk.free_bytes;
  result.databases_diverted
      = options_.diversions == nullptr ? 0 : options_.diversions->count();
  result.requests_in_flight = options_.admitted.requests();
  result.bytes_in_flight = options_.admitted.bytes();
  result.requests_refused = options_.admitted.refused()
                            + context.databases.refused()
                            + context.accounts.hashing.refused()
                            + context.accounts.checking.refused();
  result.reads_waiting = context.queue.size();
  result.readers = context.queue.readers();
  const auto apart = context.queue.count();
  result.reads_long = apart.long_running;
  result.streams_stalled = apart.stalled;
  result.reads_hung = apart.hung;
  result.commits = context.replies.counters.commits();
  result.writes_committed = context.replies.counters.writes_committed();
  const auto sent = context.replies.sink.counters();
  result.reply_bytes_unsent = sent.bytes_unsent;
  result.replies_dropped = sent.replies_dropped;
  result.nats_refusals = sent.refusals;
  result.replies_refused = context.replies.counters.replies_refused();
  result.result_cache_hits = context.results.hits();
  result.result_cache_misses = context.results.misses();
  return result;
}

void ingress::answer_discovery(const messaging::inbound_message& message) {
  using services::discovery_verb;
  if (message.reply_to().empty() || !may_reply(message))
    return;
  auto body = std::string{};
  switch (services::resolve_discovery(message.subject(), options_.identity)) {
  case discovery_verb::none:
    return;
  case discovery_verb::ping:
    body = services::encode_ping(options_.identity);
    break;
  case discovery_verb::info:
    body = services::encode_info(options_.identity);
    break;
  case discovery_verb::stats:
    body = services::encode_stats(options_.identity,
                                  options_.context.replies.counters.snapshot());
    break;
  }
  auto& sink = options_.context.replies.sink;
  sink.publish(std::string{message.reply_to()}.c_str(), body, {});
  sink.flush();
}

void discovery_handler::on_message(
    const messaging::inbound_message& message) noexcept {
  try {
    owner_.answer_discovery(message);
  } catch (const std::exception& problem) {
    spdlog::error("a discovery request failed: {}", problem.what());
  }
}

} // namespace sluice::actors
