#include "config/settings_table.hpp"

#include <algorithm>
#include <array>
#include <limits>
#include <type_traits>

namespace sluice::config {

namespace {

using names = std::string_view;

constexpr auto durability_names = std::array<names, 2>{"full", "normal"};
constexpr auto profile_names = std::array<names, 2>{"standard", "d1"};
constexpr auto format_names = std::array<names, 2>{"text", "json"};
constexpr auto level_names
    = std::array<names, 4>{"debug", "info", "warning", "error"};

/// The member behind a path of member pointers, such as
/// `&settings::nats, &nats_settings::url`.
template <auto First, auto... Rest, class T>
constexpr auto& member(T& object) {
  if constexpr (sizeof...(Rest) == 0)
    return object.*First;
  else
    return member<Rest...>(object.*First);
}

template <auto... Path>
using member_type = std::remove_reference_t<decltype(member<Path...>(
    std::declval<settings&>()))>;

template <auto... Path>
consteval setting text(names key, names help) {
  auto row = setting{key, help, setting_type::text};
  row.text = [](const settings& s) -> const std::string& {
    return member<Path...>(s);
  };
  row.assign_text = [](settings& s, std::string x) {
    member<Path...>(s) = std::move(x);
  };
  return row;
}

template <auto... Path>
consteval setting scalar(names key, setting_type type, names help) {
  auto row = setting{key, help, type};
  row.number = [](const settings& s) {
    return static_cast<std::uint64_t>(member<Path...>(s));
  };
  row.assign_number = [](settings& s, std::uint64_t x) {
    member<Path...>(s) = static_cast<member_type<Path...>>(x);
  };
  return row;
}

template <auto... Path>
consteval setting number(names key, std::uint64_t min, std::uint64_t max,
                         names help) {
  static_assert(std::is_unsigned_v<member_type<Path...>>);
  auto row = scalar<Path...>(key, setting_type::number, help);
  // TOML's integers are signed; what no file can hold is no bound. A throw in
  // a consteval function is a compile error.
  if (max > std::numeric_limits<member_type<Path...>>::max()
      || max > std::numeric_limits<std::int64_t>::max() || min > max)
    throw "bounds that the member cannot hold";
  row.min = min;
  row.max = max;
  return row;
}

template <auto... Path>
consteval setting boolean(names key, names help) {
  static_assert(std::is_same_v<member_type<Path...>, bool>);
  return scalar<Path...>(key, setting_type::boolean, help);
}

template <auto... Path>
consteval setting choice(names key, std::span<const names> choices,
                         names help) {
  static_assert(std::is_enum_v<member_type<Path...>>);
  auto row = scalar<Path...>(key, setting_type::choice, help);
  row.choices = choices;
  return row;
}

consteval setting secret(setting row) {
  row.is_secret = true;
  return row;
}

consteval setting for_clients(setting row) {
  row.is_for_clients = true;
  return row;
}

consteval setting with_d1(std::uint64_t value, setting row) {
  row.d1 = value;
  return row;
}

constexpr auto day_s = std::uint64_t{86'400};
constexpr auto hour_ms = std::uint64_t{3'600'000};
constexpr auto gibibyte = std::uint64_t{1} << 30;
constexpr auto tebibyte = std::uint64_t{1} << 40;
/// No sensible bound, but a number that still adds up.
constexpr auto many = std::uint64_t{1'000'000'000};
/// What SQLite is built with: https://www.sqlite.org/limits.html.
constexpr auto sqlite_length_max = std::uint64_t{1'000'000'000};

using s = settings;
using n = nats_settings;
using w = writer_settings;
using a = admission_settings;
using l = limit_settings;
using q = sqlite_settings;
using u = auth_settings;

constexpr auto rows = std::to_array<setting>({
    text<&s::data>("data", "Folder of everything that Sluice stores."),
    text<&s::server_name>("server_name",
                          "`served_by` in replies; empty: the host's name."),
    choice<&s::durability>("durability", durability_names,
                           "What an acknowledged write survives; full: a crash "
                           "and a power loss; normal: a crash."),

    choice<&s::log, &log_settings::level>(
        "log.level", level_names, "The least important messages to be logged."),
    choice<&s::log, &log_settings::format>(
        "log.format", format_names,
        "How log lines are written; json: one object per line."),

    for_clients(text<&s::nats, &n::url>(
        "nats.url",
        "Addresses of the NATS servers, separated by commas; empty: "
        "run an own nats-server.")),
    for_clients(text<&s::nats, &n::listen>(
        "nats.listen",
        "HOST:PORT where the own nats-server listens when nats.url "
        "is empty; port 0: any free one.")),
    text<&s::nats, &n::server_program>(
        "nats.server_program",
        "Program of the own nats-server, a name or a path."),
    for_clients(text<&s::nats, &n::subject_prefix>(
        "nats.subject_prefix", "What every subject of Sluice starts with.")),
    text<&s::nats, &n::queue_group>(
        "nats.queue_group", "Queue group in which servers share the requests."),
    boolean<&s::nats, &n::shared_prefix>(
        "nats.shared_prefix",
        "Serve although another server has the same subject prefix; each "
        "request goes to one of them, and only one has its database."),
    number<&s::nats, &n::partitions>(
        "nats.partitions", 0, 64,
        "Connections by which requests for databases come, so that a flood for "
        "one delays few others; 0: all by one. With nats.url it counts only if "
        "it is set, to what that server maps the subjects to "
        "(config/nats/server.conf)."),
    number<&s::nats, &n::spare_connections>(
        "nats.spare_connections", 0, 16,
        "Connections that stand by: when more requests for one database come "
        "than can be taken in, most of them get one of these, so that others "
        "do not wait behind them. Not with TLS."),
    for_clients(text<&s::nats, &n::user>(
        "nats.user", "User at the NATS server; goes with nats.password.")),
    for_clients(secret(text<&s::nats, &n::password>(
        "nats.password", "Password at the NATS server; goes with nats.user."))),
    for_clients(secret(text<&s::nats, &n::token>(
        "nats.token", "Token for the NATS server, instead of a user."))),
    for_clients(text<&s::nats, &n::credentials_file>(
        "nats.credentials_file",
        "File with a user JWT and its NKey seed, as nsc makes them.")),
    for_clients(text<&s::nats, &n::nkey_seed_file>("nats.nkey_seed_file",
                                                   "File with an NKey seed.")),
    for_clients(boolean<&s::nats, &n::tls>(
        "nats.tls", "Whether the connection to NATS must be encrypted.")),
    for_clients(text<&s::nats, &n::tls_ca_file>(
        "nats.tls_ca_file",
        "File with the certificates that vouch for the NATS "
        "server; empty: the system's.")),
    for_clients(text<&s::nats, &n::tls_certificate_file>(
        "nats.tls_certificate_file", "File with the client's own certificate; "
                                     "goes with nats.tls_key_file.")),
    for_clients(text<&s::nats, &n::tls_key_file>(
        "nats.tls_key_file",
        "File with the key of nats.tls_certificate_file.")),
    for_clients(text<&s::nats, &n::inbox_prefix>(
        "nats.inbox_prefix",
        "What the subjects of answers begin with, where NATS permits a user no "
        "others; empty: _INBOX.")),
    text<&s::nats, &n::reply_prefixes>(
        "nats.reply_prefixes",
        "What reply subjects of requests must begin with, separated by commas, "
        "such as _INBOX; a request with another one is not executed. Empty: "
        "any, but none that begins with $ or with nats.subject_prefix."),
    for_clients(number<&s::nats, &n::connect_timeout_ms>(
        "nats.connect_timeout_ms", 1, hour_ms,
        "How long one attempt to connect may take, in milliseconds.")),
    number<&s::nats, &n::reconnect_wait_ms>(
        "nats.reconnect_wait_ms", 1, hour_ms,
        "Pause between attempts to connect again, in milliseconds."),
    number<&s::nats, &n::reconnect_buffer_bytes_max>(
        "nats.reconnect_buffer_bytes_max", 1'024, gibibyte,
        "Replies kept while the connection is down, in bytes; what is beyond "
        "it is dropped."),
    number<&s::nats, &n::ping_interval_ms>(
        "nats.ping_interval_ms", 10, hour_ms,
        "Pause between pings, in milliseconds; a server that answers none of "
        "three is gone."),
    number<&s::nats, &n::unsent_bytes_max>(
        "nats.unsent_bytes_max", 65'536, gibibyte / 2,
        "Bytes of replies that NATS has not taken from one connection, beyond "
        "which requests are refused; beyond twice as many replies are "
        "dropped."),
    number<&s::nats, &n::pending_messages_max>(
        "nats.pending_messages_max", 1, many,
        "Messages that may wait in the NATS client before it reads no more "
        "from "
        "the socket; with TLS, before it drops some."),
    number<&s::nats, &n::pending_bytes_max>(
        "nats.pending_bytes_max", 1'024, tebibyte,
        "Bytes that may wait in the NATS client before it reads no more from "
        "the socket; with TLS, before it drops messages. All connections "
        "for requests have equal parts of it."),

    number<&s::databases, &database_settings::writers_max>(
        "databases.writers_max", 1, 10'000,
        "Databases open for writing at once, each with one thread; fewer where "
        "the system does not give the threads, descriptors or memory."),
    number<&s::databases, &database_settings::memory_bytes_max>(
        "databases.memory_bytes_max", 1'048'576, tebibyte,
        "Bytes that the connections of all writers hold together, beyond which "
        "the databases that were used longest ago are closed."),
    number<&s::databases, &database_settings::idle_close_s>(
        "databases.idle_close_s", 1, 365 * day_s,
        "A database that nobody uses for so many seconds is closed."),
    number<&s::databases, &database_settings::quarantine_retry_s>(
        "databases.quarantine_retry_s", 1, day_s,
        "Seconds between attempts to open a broken database again."),

    number<&s::readers, &reader_settings::count>(
        "readers.count", 0, 1'024,
        "Threads that read; 0: one more than cores, at least 3."),
    number<&s::readers, &reader_settings::connections_max>(
        "readers.connections_max", 1, 10'000,
        "Databases that each reading thread keeps open."),
    number<&s::readers, &reader_settings::cache_bytes_max>(
        "readers.cache_bytes_max", 1u << 20, tebibyte,
        "Bytes of memory for the databases that all reading threads keep "
        "open."),
    number<&s::readers, &reader_settings::long_read_ms>(
        "readers.long_read_ms", 5, 60'000,
        "Milliseconds after which a read counts as long: it gets a thread of "
        "its own, and another one takes its place among readers.count."),
    number<&s::readers, &reader_settings::long_reads_max>(
        "readers.long_reads_max", 1, 1'024,
        "Long reads at one time; further ones wait."),
    number<&s::readers, &reader_settings::long_reads_per_database_max>(
        "readers.long_reads_per_database_max", 1, 1'024,
        "Long reads of one database at one time; while there are so many, its "
        "other reads wait."),
    number<&s::readers, &reader_settings::stalled_streams_max>(
        "readers.stalled_streams_max", 1, 4'096,
        "Streams and dumps at one time that wait for their requester or for "
        "NATS; further ones count as long reads."),
    number<&s::readers, &reader_settings::stalled_streams_per_database_max>(
        "readers.stalled_streams_per_database_max", 1, 4'096,
        "The same for one database."),

    number<&s::writer, &w::group_requests_max>(
        "writer.group_requests_max", 1, 1'000'000,
        "Requests that are committed together at most."),
    number<&s::writer, &w::group_bytes_max>(
        "writer.group_bytes_max", 1, 64 * gibibyte,
        "Bytes of requests that are committed together at most."),
    number<&s::writer, &w::group_ms_max>(
        "writer.group_ms_max", 1, 60'000,
        "Milliseconds after which a group of writes is committed."),
    number<&s::writer, &w::checkpoint_pages>(
        "writer.checkpoint_pages", 1, many,
        "Pages in the write-ahead log after which they move to the database."),
    number<&s::writer, &w::wal_bytes_max>(
        "writer.wal_bytes_max", 65'536, 256 * tebibyte,
        "Bytes of a database's write-ahead log, beyond which its writes are "
        "refused while a long read keeps the log from being emptied."),

    number<&s::admission, &a::requests_max>(
        "admission.requests_max", 1, many,
        "Requests accepted and not yet answered, in the whole server."),
    number<&s::admission, &a::bytes_max>("admission.bytes_max", 1'024, tebibyte,
                                         "Bytes of requests accepted and not "
                                         "yet answered, in the whole server."),
    number<&s::admission, &a::database_requests_max>(
        "admission.database_requests_max", 1, many,
        "Requests accepted and not yet answered, for one database."),
    number<&s::admission, &a::database_bytes_max>(
        "admission.database_bytes_max", 1'024, tebibyte,
        "Bytes of requests accepted and not yet answered, for one database."),

    choice<&s::limits, &l::profile>("limits.profile", profile_names,
                                    "d1: Cloudflare D1's value for each limit "
                                    "that is set nowhere, not even "
                                    "in the settings file."),
    with_d1(100'000, number<&s::limits, &l::sql_bytes_max>(
                         "limits.sql_bytes_max", 1'024, sqlite_length_max,
                         "Bytes of an SQL "
                         "text.")),
    with_d1(100, number<&s::limits, &l::parameters_max>(
                     "limits.parameters_max", 16, 32'766,
                     "Parameters bound to one statement.")),
    with_d1(100, number<&s::limits, &l::columns_max>(
                     "limits.columns_max", 16, 2'000,
                     "Columns of a table, an index or a result.")),
    with_d1(32, number<&s::limits, &l::function_arguments_max>(
                    "limits.function_arguments_max", 8, 127,
                    "Arguments of an SQL function.")),
    with_d1(2'000'000, number<&s::limits, &l::row_bytes_max>(
                           "limits.row_bytes_max", 1'024, sqlite_length_max,
                           "Bytes of a text, a BLOB or a row.")),
    with_d1(50, number<&s::limits, &l::like_pattern_bytes_max>(
                    "limits.like_pattern_bytes_max", 1, 50'000,
                    "Bytes of a pattern of LIKE or GLOB.")),
    with_d1(30'000, number<&s::limits, &l::statement_ms_max>(
                        "limits.statement_ms_max", 1, day_s * 1'000,
                        "How long a statement may run, in milliseconds.")),
    with_d1(10'000'000'000, number<&s::limits, &l::database_bytes_max>(
                                "limits.database_bytes_max", 65'536,
                                256 * tebibyte, "Bytes of one database.")),
    number<&s::limits, &l::schema_bytes_max>(
        "limits.schema_bytes_max", 65'536, tebibyte,
        "Bytes of memory that the schema of one database may take in each "
        "connection to it."),
    with_d1(10'000, number<&s::limits, &l::batch_statements_max>(
                        "limits.batch_statements_max", 1, 1'000'000,
                        "Statements of one batch.")),
    number<&s::limits, &l::dump_bytes_max>(
        "limits.dump_bytes_max", 65'536, 256 * tebibyte,
        "Bytes of a database that can be dumped; the copy takes as much room "
        "in the data folder meanwhile."),
    number<&s::limits, &l::dump_copies_bytes_max>(
        "limits.dump_copies_bytes_max", 65'536, 256 * tebibyte,
        "Bytes of all the copies that dumps are sent from at one time; a "
        "further dump is `overloaded`."),
    number<&s::limits, &l::request_memory_bytes_max>(
        "limits.request_memory_bytes_max", 4u << 20, tebibyte,
        "Bytes of memory that SQLite may take for one request."),
    number<&s::limits, &l::request_temporary_bytes_max>(
        "limits.request_temporary_bytes_max", 0, tebibyte,
        "Bytes of temporary files, in the data folder, that one request may "
        "fill; for large sorts and changes."),
    number<&s::limits, &l::databases_max>("limits.databases_max", 1, many,
                                          "Databases of one server."),
    number<&s::limits, &l::timeout_ms_default>(
        "limits.timeout_ms_default", 1, day_s * 1'000,
        "How long a request may take that does not say so itself, in "
        "milliseconds."),
    number<&s::limits, &l::timeout_ms_max>(
        "limits.timeout_ms_max", 1, day_s * 1'000,
        "The most that the header Sluice-Timeout-Ms can ask for, in "
        "milliseconds."),

    number<&s::storage, &storage_settings::free_bytes_min>(
        "storage.free_bytes_min", 0, 256 * tebibyte,
        "Bytes that databases leave free on the disk of the data folder; at "
        "most a sixteenth of it."),
    number<&s::storage, &storage_settings::reserve_bytes>(
        "storage.reserve_bytes", 0, tebibyte,
        "Bytes set aside on the disk of the data folder, which are given up "
        "for deletions when the disk is full; at most a sixteenth of it."),

    number<&s::idempotency, &idempotency_settings::retention_s>(
        "idempotency.retention_s", 1, 30 * day_s,
        "How long a write with the header Nats-Msg-Id is remembered with its "
        "reply, in seconds."),

    text<&s::services, &service_settings::database>(
        "services.database",
        "The database of a service's request without the header "
        "Sluice-Database."),
    text<&s::services, &service_settings::databases>(
        "services.databases",
        "Databases that the header Sluice-Database may name, separated by "
        "commas, besides services.database; *: any. A service's request for "
        "another one is refused."),
    number<&s::services, &service_settings::post_content_bytes_max>(
        "services.post_content_bytes_max", 1, 64'000'000,
        "Bytes of the content of a post. A post has to fit into a reply, which "
        "max_payload of the NATS server bounds."),
    number<&s::services, &service_settings::cache_bytes_max>(
        "services.cache_bytes_max", 0, tebibyte,
        "Bytes of analytics' replies that are kept, and given again while the "
        "database does not change; 0: none."),
    number<&s::services, &service_settings::cache_ms_max>(
        "services.cache_ms_max", 0, hour_ms,
        "How long such a reply is given again that depends on the time, in "
        "milliseconds."),

    number<&s::stream, &stream_settings::part_bytes>(
        "stream.part_bytes", 1'024, 64u << 20,
        "Bytes of rows after which a streamed result sends a message."),
    number<&s::stream, &stream_settings::unsent_bytes_max>(
        "stream.unsent_bytes_max", 1'024, gibibyte,
        "Bytes of replies that NATS has not taken yet, beyond which streamed "
        "results wait."),
    number<&s::stream, &stream_settings::stall_ms_max>(
        "stream.stall_ms_max", 100, hour_ms,
        "Milliseconds that a stream or a dump waits at a time for its "
        "requester or for NATS; then it ends with `timeout`."),

    number<&s::sqlite, &q::statements_max>(
        "sqlite.statements_max", 0, 1'000'000,
        "Prepared statements that each connection keeps."),
    number<&s::sqlite, &q::cache_bytes_max>(
        "sqlite.cache_bytes_max", 0, 2 * gibibyte,
        "Bytes of pages that each connection keeps in memory."),
    number<&s::sqlite, &q::mmap_bytes_max>(
        "sqlite.mmap_bytes_max", 0, tebibyte,
        "Bytes of a database that are mapped into memory; 0: none, for a "
        "mapped file that is cut off ends the process."),
    number<&s::sqlite, &q::busy_timeout_ms>(
        "sqlite.busy_timeout_ms", 0, hour_ms,
        "How long a connection waits for another one's lock, in milliseconds."),

    number<&s::auth, &u::password_memory_bytes>(
        "auth.password_memory_bytes", 8u << 20, gibibyte,
        "Bytes of memory that the hash of a password takes (Argon2id)."),
    number<&s::auth, &u::password_passes>(
        "auth.password_passes", 1, 16,
        "How often the hash of a password goes over its memory."),
    number<&s::auth, &u::hashers_count>(
        "auth.hashers_count", 1, 64,
        "Threads that hash passwords, each with auth.password_memory_bytes."),
    number<&s::auth, &u::hash_queue_max>(
        "auth.hash_queue_max", 1, 100'000,
        "Requests that may wait for a hash; more are refused."),
    secret(text<&s::auth, &u::secret>(
        "auth.secret", "What tokens are signed with (HS256), at least 32 "
                       "characters; better in auth.secret_file.")),
    text<&s::auth, &u::secret_file>(
        "auth.secret_file", "File with that secret; neither: auth.secret in "
                            "the data folder, made at the first start."),
    text<&s::auth, &u::key_file>(
        "auth.key_file", "PEM file with a private key of Ed25519 (EdDSA) or "
                         "P-256 (ES256) that signs tokens instead."),
    text<&s::auth, &u::accepted_key_files>(
        "auth.accepted_key_files",
        "Files with further keys whose tokens are accepted, separated by "
        "commas: PEM, private or public, or a secret."),
    text<&s::auth, &u::issuer>("auth.issuer",
                               "`iss` in tokens, and of those accepted."),
    text<&s::auth, &u::audience>("auth.audience",
                                 "`aud` in tokens, and of those accepted."),
    number<&s::auth, &u::token_s>("auth.token_s", 10, day_s,
                                  "How long a token is good, in seconds."),
    number<&s::auth, &u::leeway_s>(
        "auth.leeway_s", 0, 300,
        "How far ahead the clock of another server that makes tokens may be, "
        "in seconds."),
    number<&s::auth, &u::refresh_token_s>(
        "auth.refresh_token_s", 60, 400 * day_s,
        "How long a refresh token that is not used is good, in seconds."),
    number<&s::auth, &u::refresh_grace_s>(
        "auth.refresh_grace_s", 0, 300,
        "For how many seconds a spent refresh token gets its successor again, "
        "as two tabs of a browser need it; later its use ends the session. 0: "
        "never."),
    number<&s::auth, &u::sessions_per_user_max>(
        "auth.sessions_per_user_max", 1, 1'000,
        "Logins of one user that last at once; a further one ends the oldest."),
    number<&s::auth, &u::failures_slowed>(
        "auth.failures_slowed", 0, 1'000,
        "Failed logins in a row of one e-mail address after which the answer "
        "to a further one is held back."),
    number<&s::auth, &u::failures_max>(
        "auth.failures_max", 1, 1'000'000,
        "Failed logins in a row of one e-mail address after which further "
        "ones are refused."),
    number<&s::auth, &u::source_failures_max>(
        "auth.source_failures_max", 1, 1'000'000,
        "Failed logins of one Sluice-Client-Address after which further ones "
        "are refused."),
    number<&s::auth, &u::delay_ms_max>(
        "auth.delay_ms_max", 0, 60'000,
        "The longest that the answer to a failed login is held back, in "
        "milliseconds."),
    number<&s::auth, &u::lockout_s>(
        "auth.lockout_s", 1, day_s,
        "How long after the last failed login all of them are forgotten, in "
        "seconds."),
    number<&s::auth, &u::source_hashes_max>(
        "auth.source_hashes_max", 1, 1'000'000,
        "Passwords to be stored (auth.register, auth.change_password, "
        "users.create) that one Sluice-Client-Address has in "
        "auth.source_hashes_s; further ones are refused."),
    number<&s::auth, &u::source_hashes_s>(
        "auth.source_hashes_s", 1, day_s,
        "In how long a source may have auth.source_hashes_max passwords "
        "stored, in seconds."),
    number<&s::auth, &u::throttle_entries_max>(
        "auth.throttle_entries_max", 100, 10'000'000,
        "E-mail addresses and sources of which failed logins are known, and "
        "sources of which stored passwords are."),

    number<&s::shutdown, &shutdown_settings::drain_ms_max>(
        "shutdown.drain_ms_max", 0, hour_ms,
        "How long accepted requests may take to finish at the end, in "
        "milliseconds."),
});

} // namespace

std::string_view setting::section() const noexcept {
  const auto dot = key.find('.');
  return dot == key.npos ? std::string_view{} : key.substr(0, dot);
}

std::string_view setting::name() const noexcept {
  return key.substr(key.find('.') + 1);
}

std::span<const setting> settings_table() noexcept {
  return rows;
}

const setting* find_setting(std::string_view key) noexcept {
  const auto row = std::ranges::find(rows, key, &setting::key);
  return row == rows.end() ? nullptr : &*row;
}

std::string option_name(const setting& row) {
  auto result = "--" + std::string{row.key};
  std::ranges::replace_if(
      result, [](char c) { return c == '.' || c == '_'; }, '-');
  return result;
}

std::string variable_name(const setting& row) {
  auto result = "SLUICE_" + std::string{row.key};
  std::ranges::transform(result, result.begin(), [](char c) {
    if (c >= 'a' && c <= 'z')
      return static_cast<char>(c - 'a' + 'A');
    return c == '.' ? '_' : c;
  });
  return result;
}

} // namespace sluice::config
