#include "storage/connection.hpp"

#include "storage/connection_setup.hpp"
#include "storage/like_function.hpp"
#include "storage/open_failure.hpp"
#include "storage/request_bounds.hpp"
#include "storage/sqlite_error.hpp"
#include "storage/sqlite_library.hpp"
#include "storage/wal_tail.hpp"

#include <sqlite3.h>

#include <algorithm>
#include <filesystem>
#include <optional>
#include <system_error>

namespace sluice::storage {

namespace {

constexpr auto own_statements_max = std::size_t{64};
constexpr auto service_statements_max = std::size_t{256};

/// How many indexes and tables with generated columns may have LIKE.
constexpr auto like_in_schema_sql = std::string_view{
    "SELECT count(*) FROM main.sqlite_schema AS m WHERE lower(m.sql) GLOB "
    "'*[^a-z0-9_]like[^a-z0-9_]*' AND (m.type = 'index' OR (m.type = 'table' "
    "AND EXISTS (SELECT 1 FROM pragma_table_xinfo(m.name, 'main') WHERE hidden "
    ">= 2)))"};

int open_flags(const connection_options& options) noexcept {
  if (options.access == access::reader)
    return SQLITE_OPEN_READONLY | SQLITE_OPEN_NOMUTEX;
  return SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX
         | (options.creates ? SQLITE_OPEN_CREATE : 0);
}

} // namespace

/// While one lives, a statement of Sluice's own runs: it is allowed everything,
/// and neither the deadline nor the bounds that hold for a client's end it.
class connection::own_work {
public:
  explicit own_work(connection& owner) noexcept
      : trusted_{owner.authorizer_}, owner_{owner}, before_{owner.deadline_} {
    owner_.deadline_ = no_deadline;
  }
  ~own_work() {
    owner_.deadline_ = before_;
  }
  own_work(const own_work&) = delete;
  own_work& operator=(const own_work&) = delete;

private:
  storage::authorizer::trust trusted_;
  request_bounds::pause unbounded_;
  connection& owner_;
  deadline before_;
};

void connection_closer::operator()(sqlite3* handle) const noexcept {
  // Cannot fail as sqlite3_close can: what is still open is closed with it.
  sqlite3_close_v2(handle);
}

connection::connection(connection_handle handle,
                       const connection_options& options)
    : options_{options}, handle_{std::move(handle)}, authorizer_{handle_.get()},
      rows_{handle_.get()}, cache_{options.sqlite.statements_max},
      own_statements_{own_statements_max},
      service_cache_{service_statements_max} {
  // nop
}

connection::~connection() = default;

codec::result<std::unique_ptr<connection>>
connection::open(const std::string& path, const connection_options& options) {
  if (auto ready = set_up_library(); !ready)
    return std::unexpected{std::move(ready.error())};
  if (auto usable = check_file(path, options); !usable)
    return std::unexpected{usable.error()};
  sqlite3* raw = nullptr;
  const auto rc
      = sqlite3_open_v2(path.c_str(), &raw, open_flags(options),
                        options.vfs.empty() ? nullptr : options.vfs.c_str());
  // SQLite returns a handle even when it fails.
  auto handle = connection_handle{raw};
  if (rc != SQLITE_OK)
    return std::unexpected{open_failure(raw, rc, path)};
  if (sqlite3_db_config(raw, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr)
      != SQLITE_OK)
    return std::unexpected{last_error(raw)};
  if (auto ready = set_up(raw, options); !ready)
    return std::unexpected{set_up_failure(raw, std::move(ready.error()), path)};
  // SQLite takes a file that it may only read for less than was asked for.
  if (options.access == access::writer && sqlite3_db_readonly(raw, "main") != 0)
    return codec::fail(codec::error_code::storage,
                       "the file cannot be written to: SQLITE_READONLY");
  auto result
      = std::unique_ptr<connection>{new connection{std::move(handle), options}};
  auto page_size = result->integer("PRAGMA page_size");
  if (!page_size)
    return std::unexpected{page_size.error()};
  result->page_size_bytes_ = *page_size;
  result->look_at_deadline_every();
  if (options.access == access::writer)
    sqlite3_wal_hook(raw, &connection::on_commit_to_wal, result.get());
  return result;
}

codec::result<statement*> connection::own_statement(std::string_view sql) {
  if (auto* found = own_statements_.find(sql); found != nullptr)
    return found;
  auto tail = std::string_view{};
  auto prepared = statement::prepare(handle_.get(), sql,
                                     statement_lifetime::cached, tail);
  if (!prepared)
    return std::unexpected{prepared.error()};
  return &own_statements_.insert(sql, std::move(*prepared));
}

codec::result<void> connection::run(std::string_view sql) {
  if (auto done = text(sql); !done)
    return std::unexpected{done.error()};
  return {};
}

codec::result<void> connection::run_once(std::string_view sql) {
  const auto own = own_work{*this};
  auto tail = std::string_view{};
  auto prepared
      = statement::prepare(handle_.get(), sql, statement_lifetime::once, tail);
  if (!prepared)
    return std::unexpected{prepared.error()};
  if (sqlite3_step(prepared->handle()) != SQLITE_DONE)
    return std::unexpected{last_error(handle_.get())};
  return {};
}

codec::result<std::int64_t> connection::integer(std::string_view sql) {
  const auto own = own_work{*this};
  auto prepared = own_statement(sql);
  if (!prepared)
    return std::unexpected{prepared.error()};
  auto* handle = (*prepared)->handle();
  auto result = codec::result<std::int64_t>{0};
  const auto step = sqlite3_step(handle);
  if (step == SQLITE_ROW)
    result = sqlite3_column_int64(handle, 0);
  else if (step != SQLITE_DONE)
    result = std::unexpected{last_error(handle_.get())};
  (*prepared)->reset();
  return result;
}

codec::result<std::string> connection::text(std::string_view sql) {
  const auto own = own_work{*this};
  auto prepared = own_statement(sql);
  if (!prepared)
    return std::unexpected{prepared.error()};
  auto* handle = (*prepared)->handle();
  auto result = codec::result<std::string>{""};
  const auto step = sqlite3_step(handle);
  if (step == SQLITE_ROW) {
    if (const auto* x = sqlite3_column_text(handle, 0); x != nullptr)
      result = reinterpret_cast<const char*>(x);
  } else if (step != SQLITE_DONE) {
    result = std::unexpected{last_error(handle_.get())};
  }
  (*prepared)->reset();
  return result;
}

void connection::set_deadline(deadline when) noexcept {
  deadline_ = when;
  request_bounds::set_deadline(when, is_cancelled_);
}

void connection::look_at_deadline_every(int steps) noexcept {
  sqlite3_progress_handler(handle_.get(), steps, &connection::on_progress,
                           this);
}

bool connection::in_transaction() const noexcept {
  return sqlite3_get_autocommit(handle_.get()) == 0;
}

codec::result<std::int64_t> connection::size_bytes() {
  auto pages = integer("PRAGMA page_count");
  if (!pages)
    return pages;
  return *pages * page_size_bytes_;
}

codec::result<connection::checkpoint_outcome>
connection::checkpoint(checkpoint_mode mode) {
  return checkpoint(mode,
                    std::chrono::milliseconds{options_.sqlite.busy_timeout_ms});
}

codec::result<connection::checkpoint_outcome>
connection::checkpoint(checkpoint_mode mode, std::chrono::milliseconds wait) {
  const auto is_forced = mode == checkpoint_mode::truncate;
  auto pages_in_wal = 0;
  auto pages_copied = 0;
  // Cannot fail: the handle is open.
  static_cast<void>(
      sqlite3_busy_timeout(handle_.get(), static_cast<int>(wait.count())));
  const auto rc = sqlite3_wal_checkpoint_v2(
      handle_.get(), "main",
      is_forced ? SQLITE_CHECKPOINT_TRUNCATE : SQLITE_CHECKPOINT_PASSIVE,
      &pages_in_wal, &pages_copied);
  auto failure = std::optional<codec::error>{};
  // A reader in the way is no failure: the next checkpoint goes on from there.
  if (rc != SQLITE_OK && (rc & 0xff) != SQLITE_BUSY)
    failure = last_error(handle_.get());
  static_cast<void>(sqlite3_busy_timeout(
      handle_.get(), static_cast<int>(options_.sqlite.busy_timeout_ms)));
  if (failure)
    return std::unexpected{std::move(*failure)};
  if (rc != SQLITE_OK || pages_copied < pages_in_wal)
    return checkpoint_outcome::held;
  if (is_forced)
    wal_pages_ = 0;
  return checkpoint_outcome::complete;
}

codec::result<void> connection::drop_temporary_storage() {
  if (!may_have_temporary_storage_ || in_transaction())
    return {};
  auto pages = integer("PRAGMA temp.page_count");
  if (!pages)
    return std::unexpected{std::move(pages.error())};
  // SQLite closes it when the setting changes; it acts while it compiles it.
  if (*pages > 0)
    for (const auto sql :
         {"PRAGMA temp_store = MEMORY", "PRAGMA temp_store = FILE"})
      if (auto done = run_once(sql); !done)
        return done;
  may_have_temporary_storage_ = false;
  return {};
}

void connection::set_checkpoint_on_close(bool wanted) noexcept {
  // Cannot fail: the option is known, and the handle is open.
  static_cast<void>(sqlite3_db_config(handle_.get(),
                                      SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE,
                                      wanted ? 0 : 1, nullptr));
}

codec::result<std::uint64_t> connection::unwritten_bytes() {
  auto wanted = size_bytes();
  if (!wanted)
    return std::unexpected{std::move(wanted.error())};
  sqlite3_file* file = nullptr;
  auto there = sqlite3_int64{0};
  if (sqlite3_file_control(handle_.get(), "main", SQLITE_FCNTL_FILE_POINTER,
                           static_cast<void*>(&file))
          != SQLITE_OK
      || file->pMethods->xFileSize(file, &there) != SQLITE_OK)
    return codec::fail(codec::error_code::storage,
                       "the size of the database's file is not known");
  return static_cast<std::uint64_t>(std::max<std::int64_t>(*wanted - there, 0));
}

std::uint64_t connection::memory_bytes() const noexcept {
  auto result = std::uint64_t{0};
  for (const auto what :
       {SQLITE_DBSTATUS_CACHE_USED, SQLITE_DBSTATUS_SCHEMA_USED,
        SQLITE_DBSTATUS_STMT_USED}) {
    auto bytes = 0;
    auto unused = 0;
    if (sqlite3_db_status(handle_.get(), what, &bytes, &unused, 0) == SQLITE_OK)
      result += static_cast<std::uint64_t>(bytes);
  }
  return result;
}

void connection::give_memory_back() noexcept {
  // It always succeeds.
  static_cast<void>(sqlite3_db_release_memory(handle_.get()));
}

codec::result<void> connection::set_case_sensitive_like(bool wanted) {
  if (wanted == has_case_sensitive_like_)
    return {};
  if (wanted) {
    auto users = integer(like_in_schema_sql);
    if (!users)
      return std::unexpected{std::move(users.error())};
    if (*users != 0)
      return std::unexpected{codec::error{
          codec::error_code::not_authorized,
          "PRAGMA case_sensitive_like is not allowed where an index or a "
          "generated column has LIKE: use GLOB, which minds the case of "
          "letters",
          codec::fault_kind::request}};
  }
  if (register_like(handle_.get(), wanted) != SQLITE_OK)
    return std::unexpected{last_error(handle_.get())};
  has_case_sensitive_like_ = wanted;
  return {};
}

codec::result<void> connection::look_at_schema() {
  return run("SELECT 1 FROM sqlite_schema LIMIT 1");
}

void connection::forget_schema() {
  cache_.clear();
  rows_.forget_schema();
}

codec::error connection::describe_last_error(std::size_t begins_at) {
  const auto code = sqlite3_extended_errcode(handle_.get()) & 0xff;
  auto result = last_error(handle_.get(), begins_at);
  // SQLite words a refusal in many ways, not all of them with SQLITE_AUTH.
  if (!authorizer_.refusal().empty()
      && (code == SQLITE_AUTH || result.code == codec::error_code::sql_error))
    return {codec::error_code::not_authorized, authorizer_.refusal(),
            codec::fault_kind::request, result.sqlite_code};
  if (code == SQLITE_INTERRUPT)
    result.message = interrupted_message;
  if (code == SQLITE_TOOBIG)
    result.message += "; limits.row_bytes_max is "
                      + std::to_string(options_.limits.row_bytes_max)
                      + " bytes";
  if (code == SQLITE_ERROR && result.message.contains("pattern too complex"))
    result.message += "; it may have "
                      + std::to_string(sqlite3_limit(
                          handle_.get(), SQLITE_LIMIT_LIKE_PATTERN_LENGTH, -1))
                      + " bytes: limits.like_pattern_bytes_max, or less where "
                        "the texts are long or the patterns many";
  if (code == SQLITE_FULL && !request_bounds::failure(code)
      && !growth_refusal_.empty())
    return {codec::error_code::storage, growth_refusal_,
            codec::fault_kind::shortage, result.sqlite_code};
  if (code == SQLITE_FULL && !request_bounds::failure(code) && was_size_limit())
    return {codec::error_code::too_large,
            "the database would be larger than limits.database_bytes_max ("
                + std::to_string(options_.limits.database_bytes_max)
                + " bytes)",
            codec::fault_kind::request, result.sqlite_code};
  return result;
}

std::int64_t connection::schema_bytes() const noexcept {
  auto now = 0;
  auto most = 0;
  const auto done = sqlite3_db_status(
      handle_.get(), SQLITE_DBSTATUS_SCHEMA_USED, &now, &most, 0);
  return done == SQLITE_OK ? now : 0;
}

std::uint64_t connection::pages_max() const noexcept {
  return database_pages_max(options_.limits.database_bytes_max,
                            static_cast<std::uint64_t>(page_size_bytes_));
}

codec::result<void> connection::bound_growth(std::uint64_t bytes,
                                             std::string refusal) {
  auto pages = integer("PRAGMA page_count");
  if (!pages)
    return std::unexpected{std::move(pages.error())};
  const auto bound = static_cast<std::uint64_t>(*pages)
                     + bytes / static_cast<std::uint64_t>(page_size_bytes_);
  growth_refusal_ = bound < pages_max() ? std::move(refusal) : std::string{};
  const auto sql = "PRAGMA max_page_count = "
                   + std::to_string(std::min(bound, pages_max()));
  const auto own = own_work{*this};
  if (sqlite3_exec(handle_.get(), sql.c_str(), nullptr, nullptr, nullptr)
      != SQLITE_OK)
    return std::unexpected{last_error(handle_.get())};
  return {};
}

/// Whether SQLITE_FULL meant the limit, not the disk. What the statement wrote
/// is undone by now, so the size does not tell. But up to the limit the disk
/// must have had room, and has it again, if not in the WAL.
bool connection::was_size_limit() {
  const auto pages = integer("PRAGMA page_count");
  const auto pages_max = integer("PRAGMA max_page_count");
  if (!pages || !pages_max)
    return false;
  const auto missing = static_cast<std::uint64_t>(
      std::max<std::int64_t>(*pages_max - *pages, 0) * page_size_bytes_);
  const auto path
      = std::filesystem::path{sqlite3_db_filename(handle_.get(), "main")};
  auto problem = std::error_code{};
  const auto disk = std::filesystem::space(path, problem);
  const auto available = problem ? 0 : disk.available;
  const auto wal = std::filesystem::file_size(path.string() + "-wal", problem);
  return missing <= available + (problem ? 0 : wal);
}

codec::result<void> connection::check_deferred_keys() const {
  auto violations = 0;
  auto unused = 0;
  if (sqlite3_db_status(handle_.get(), SQLITE_DBSTATUS_DEFERRED_FKS,
                        &violations, &unused, 0)
          == SQLITE_OK
      && violations != 0)
    return codec::fail(codec::error_code::constraint,
                       "FOREIGN KEY constraint failed: SQLITE_CONSTRAINT "
                       "(extended: SQLITE_CONSTRAINT_FOREIGNKEY)");
  return {};
}

codec::result<void> connection::commit() {
  may_come_back_ = false;
  auto committed = run("COMMIT");
  if (committed)
    return committed;
  // It fails only where SQLite has rolled back by itself.
  if (in_transaction())
    std::ignore = run("ROLLBACK");
  may_come_back_ = !erase_wal_tail(handle_.get());
  return committed;
}

int connection::on_progress(void* self) noexcept {
  const auto& owner = *static_cast<connection*>(self);
  if (owner.deadline_ == no_deadline)
    return 0;
  if (owner.pacer_ != nullptr)
    owner.pacer_->step();
  return owner.is_cancelled()
         || std::chrono::steady_clock::now() >= owner.deadline_;
}

int connection::on_commit_to_wal(void* self, sqlite3*, const char*,
                                 int pages) noexcept {
  static_cast<connection*>(self)->wal_pages_
      = static_cast<std::uint32_t>(pages);
  return SQLITE_OK;
}

} // namespace sluice::storage
