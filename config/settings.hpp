#pragma once

#include <cstdint>
#include <string>

/// Everything that can be set, with its default in place. Units stand last in
/// a name: `_ms`, `_s`, `_bytes`; `_max` and `_min` are bounds.
///
/// To add a setting: a member here and a row in settings_table.cpp; then
/// `sluice config default > config/sluice.toml`. A test holds the three
/// together.
namespace sluice::config {

/// What an acknowledged write has survived; SQLite's `PRAGMA synchronous` in
/// WAL mode (https://www.sqlite.org/pragma.html#pragma_synchronous).
enum class durability : std::uint8_t {
  full,   ///< Process crash and power loss.
  normal, ///< Process crash; a power loss may take the last commits.
};

/// A preset of the limits.
enum class limits_profile : std::uint8_t {
  standard, ///< Sluice's own defaults.
  d1,       ///< What Cloudflare D1 enforces.
};

enum class log_format : std::uint8_t { text, json };

enum class log_level : std::uint8_t { debug, info, warning, error };

struct log_settings {
  log_level level = log_level::info;
  log_format format = log_format::text;
};

/// How to reach NATS, or how to run the embedded one.
struct nats_settings {
  /// Comma separated server addresses; empty: run the embedded nats-server.
  std::string url;
  /// Where the embedded nats-server listens, HOST:PORT. Port 0: any free one.
  std::string listen = "127.0.0.1:4222";
  /// Program of the embedded server.
  std::string server_program = "nats-server";
  std::string subject_prefix = "sluice";
  std::string queue_group = "sluice";
  /// Serve although another server has the same prefix: each request goes to
  /// one of them, and only one has its database.
  bool shared_prefix = false;
  /// Connections by which requests for databases come, each with its share of
  /// them, of the embedded server. Of another one only if set explicitly, for
  /// it has to map the subjects: config/nats/server.conf.
  std::uint32_t partitions = 8;
  /// Connections that stand by: each takes most of the requests for one
  /// database for which more come than can be taken in.
  std::uint32_t spare_connections = 2;
  std::string user;
  std::string password;
  std::string token;
  /// File with a user JWT and its NKey seed (`nsc` makes them).
  std::string credentials_file;
  /// File with an NKey seed.
  std::string nkey_seed_file;
  bool tls = false;
  std::string tls_ca_file;
  std::string tls_certificate_file;
  std::string tls_key_file;
  /// What the subjects begin with on which answers are awaited; empty:
  /// `_INBOX`, as everybody has it.
  std::string inbox_prefix;
  /// Comma separated beginnings of the subjects that clients may name to be
  /// answered on; empty: any but those that are always refused.
  std::string reply_prefixes;
  std::uint32_t connect_timeout_ms = 5'000;
  std::uint32_t reconnect_wait_ms = 500;
  std::uint32_t reconnect_buffer_bytes_max = 8u << 20;
  /// A server that leaves three pings in a row unanswered is gone.
  std::uint32_t ping_interval_ms = 10'000;
  /// Replies that a connected server has not taken; beyond it requests are
  /// refused, beyond twice as much replies are dropped.
  std::uint32_t unsent_bytes_max = 64u << 20;
  /// What may be undelivered before nothing more is read from the socket; with
  /// TLS, what one subscription may have before the library drops.
  std::uint32_t pending_messages_max = 65'536;
  std::uint64_t pending_bytes_max = 256u << 20;
};

/// How many databases are open at once, and for how long.
struct database_settings {
  /// Writers (one thread and one connection each) open at once, as far as the
  /// system gives threads, descriptors and memory.
  std::uint32_t writers_max = 1'000;
  /// What the connections of all writers may hold together: beyond it the
  /// databases that were used longest ago are closed.
  std::uint64_t memory_bytes_max = 512u << 20;
  /// A database nobody uses for so long is closed.
  std::uint32_t idle_close_s = 300;
  /// Seconds between attempts to open a quarantined database.
  std::uint32_t quarantine_retry_s = 30;
};

struct reader_settings {
  /// Reader threads; 0: one more than cores, at least 3, for one
  /// database never has them all.
  std::uint32_t count = 0;
  /// Databases each reader keeps open.
  std::uint32_t connections_max = 1'024;
  /// Memory of all that the readers keep open (docs/adr/0035).
  std::uint64_t cache_bytes_max = 256u << 20;
  /// A read that runs longer leaves the pool for a thread of its own.
  std::uint32_t long_read_ms = 20;
  std::uint32_t long_reads_max = 32;
  std::uint32_t long_reads_per_database_max = 4;
  /// Streams and dumps that wait for their requester, or for NATS.
  std::uint32_t stalled_streams_max = 64;
  std::uint32_t stalled_streams_per_database_max = 8;
};

/// Bounds of one group commit (docs/adr/0003).
struct writer_settings {
  std::uint32_t group_requests_max = 512;
  std::uint64_t group_bytes_max = 16u << 20;
  std::uint32_t group_ms_max = 20;
  /// WAL pages after which the writer checkpoints.
  std::uint32_t checkpoint_pages = 4'000;
  /// A WAL that readers keep so long is written to no more.
  std::uint64_t wal_bytes_max = 4ull << 30;
};

/// What is accepted and not yet answered; beyond it requests are refused with
/// `overloaded`.
struct admission_settings {
  std::uint32_t requests_max = 8'192;
  std::uint64_t bytes_max = 512u << 20;
  std::uint32_t database_requests_max = 2'048;
  std::uint64_t database_bytes_max = 256u << 20;
};

/// What a client may ask for; the protocol's table of limits.
struct limit_settings {
  limits_profile profile = limits_profile::standard;
  std::uint64_t sql_bytes_max = 1'000'000;
  std::uint32_t parameters_max = 32'766;
  std::uint32_t columns_max = 2'000;
  std::uint32_t function_arguments_max = 127;
  std::uint64_t row_bytes_max = 64'000'000;
  std::uint32_t like_pattern_bytes_max = 50'000;
  std::uint32_t statement_ms_max = 30'000;
  std::uint64_t database_bytes_max = 1'000'000'000'000;
  /// Memory that the schema takes in each connection that reads it.
  std::uint64_t schema_bytes_max = 16u << 20;
  std::uint32_t batch_statements_max = 10'000;
  /// A larger database cannot be dumped: the copy would take too much room.
  std::uint64_t dump_bytes_max = 16ull << 30;
  /// All copies that dumps are sent from at one time.
  std::uint64_t dump_copies_bytes_max = 16ull << 30;
  /// What SQLite may hold for one request while it runs (docs/adr/0016).
  std::uint64_t request_memory_bytes_max = 256u << 20;
  std::uint64_t request_temporary_bytes_max = 512u << 20;
  /// Databases in the catalogue.
  std::uint32_t databases_max = 50'000;
  /// `Sluice-Timeout-Ms`: what holds without the header, and its bound.
  std::uint32_t timeout_ms_default = 30'000;
  std::uint32_t timeout_ms_max = 30'000;
};

/// Room on the disk of the data folder. Neither takes more than a sixteenth of
/// the disk.
struct storage_settings {
  /// What databases leave free, for everybody.
  std::uint64_t free_bytes_min = 256u << 20;
  /// Set aside, and given up for deletions when the disk is full.
  std::uint64_t reserve_bytes = 64u << 20;
};

/// What is remembered of writes with an idempotency key (`Nats-Msg-Id`).
struct idempotency_settings {
  std::uint32_t retention_s = 600;
};

/// The application services: users, posts and the like.
struct service_settings {
  /// The database of a request without the header Sluice-Database.
  std::string database = "app";
  /// Comma separated databases that the header may name besides that one; "*":
  /// any.
  std::string databases;
  /// Bytes of a post's content.
  std::uint32_t post_content_bytes_max = 1'000'000;
  /// Replies of analytics that are kept while nothing changes.
  std::uint64_t cache_bytes_max = 8u << 20;
  /// How long one is good that depends on the time.
  std::uint32_t cache_ms_max = 1'000;
};

/// Results that come as several messages (`Sluice-Stream`).
struct stream_settings {
  /// A message is sent when its rows have so many bytes.
  std::uint32_t part_bytes = 128u << 10;
  /// A stream waits while NATS has not taken so many bytes of replies.
  std::uint32_t unsent_bytes_max = 8u << 20;
  /// How long a stream waits for its requester, or for NATS, at a time.
  std::uint32_t stall_ms_max = 10'000;
};

/// SQLite's own knobs for each connection.
struct sqlite_settings {
  /// Prepared statements kept per connection.
  std::uint32_t statements_max = 128;
  std::uint32_t cache_bytes_max = 8u << 20;
  /// Off: a read of a mapped page that the disk cannot give, or that somebody
  /// has cut off the file, ends the process (SIGBUS), and with it all
  /// databases.
  std::uint64_t mmap_bytes_max = 0;
  std::uint32_t busy_timeout_ms = 5'000;
};

/// Accounts, passwords and tokens: `auth.*` and `me.*`.
struct auth_settings {
  /// What one Argon2id hash takes (docs/adr/0023).
  std::uint64_t password_memory_bytes = 64u << 20;
  std::uint32_t password_passes = 2;
  /// Threads that hash, and what may wait for them.
  std::uint32_t hashers_count = 1;
  std::uint32_t hash_queue_max = 32;
  /// Signs tokens (HS256) unless key_file does, and seals what is remembered;
  /// neither set: a file in the data folder, which is made if it is missing.
  std::string secret;
  std::string secret_file;
  /// PEM file with a private key of Ed25519 or P-256.
  std::string key_file;
  /// Comma separated files with further keys that are accepted.
  std::string accepted_key_files;
  std::string issuer = "sluice";
  std::string audience = "sluice";
  std::uint32_t token_s = 900;
  std::uint32_t leeway_s = 5;
  std::uint32_t refresh_token_s = 2'592'000;
  /// For so long a spent refresh token gets its successor once more; 0: never.
  std::uint32_t refresh_grace_s = 10;
  std::uint32_t sessions_per_user_max = 20;
  /// Failed logins in a row from which on answers are held back, and from
  /// which on attempts are refused (docs/adr/0026).
  std::uint32_t failures_slowed = 3;
  std::uint32_t failures_max = 10;
  std::uint32_t source_failures_max = 100;
  std::uint32_t delay_ms_max = 4'000;
  std::uint32_t lockout_s = 300;
  /// Passwords to be stored, e.g. those of registrations, that one source has
  /// in so long.
  std::uint32_t source_hashes_max = 60;
  std::uint32_t source_hashes_s = 300;
  std::uint32_t throttle_entries_max = 10'000;
};

struct shutdown_settings {
  /// How long requests that were accepted may take to finish.
  std::uint32_t drain_ms_max = 30'000;
};

struct settings {
  /// Folder of everything that Sluice stores.
  std::string data = "./data";
  /// `served_by` in replies; empty: the host's name.
  std::string server_name;
  config::durability durability = config::durability::full;
  log_settings log;
  nats_settings nats;
  database_settings databases;
  reader_settings readers;
  writer_settings writer;
  admission_settings admission;
  limit_settings limits;
  storage_settings storage;
  idempotency_settings idempotency;
  service_settings services;
  stream_settings stream;
  sqlite_settings sqlite;
  auth_settings auth;
  shutdown_settings shutdown;
};

} // namespace sluice::config
