#include "actors/write_group.hpp"
#include "storage/database_file.hpp"
#include "storage/file_fault.hpp"

#include <spdlog/spdlog.h>

#include <utility>

/// What a group of writes does when its database's files are not what they
/// were.
namespace sluice::actors {

using codec::error_code;

namespace {

/// For looking through a file, which nobody writes to meanwhile.
constexpr auto proof_patience = std::chrono::seconds{10};

/// So long a file that was found sound is not looked at again.
constexpr auto proof_lasts = std::chrono::seconds{10};

} // namespace

codec::result<void> write_group::check_files() {
  auto lost = watch_.look();
  if (!lost)
    return {};
  auto cause = codec::error{error_code::storage, lost->message};
  if (lost->kind != storage::loss_kind::unknown)
    give_up(std::move(*lost));
  return std::unexpected{std::move(cause)};
}

void write_group::give_up(storage::file_loss loss) {
  // The file and its WAL stay as they are, for whoever repairs them.
  connection_->set_checkpoint_on_close(false);
  loss_ = std::move(loss);
}

/// COMMIT went through, but who knows to what; or it failed, and who knows what
/// a crash would leave of it.
void write_group::fail_committed(const codec::error& cause) {
  for (auto& reply : std::exchange(pending_, {}))
    reply.work->reply.fail(
        {error_code::storage,
         "this request was executed, but it is not known to last: "
             + cause.message});
  context_.replies.sink.flush();
}

bool write_group::is_sound() {
  if (!check_files())
    return false;
  const auto now = clock::now();
  if (now < sound_until_)
    return true;
  if (!storage::is_proven_sound(
          context_.directory.database_path(database_->uuid), database_->uuid,
          connection_->options(), proof_patience))
    return false;
  sound_until_ = clock::now() + proof_lasts;
  return true;
}

void write_group::judge(codec::error& cause) {
  if (loss_ || !storage::is_damage(cause))
    return;
  // SQLite writes nothing more in a transaction in which it said so.
  transaction_.roll_back();
  if (is_sound()) {
    spdlog::warn("database {}: a request met what SQLite takes for damage, but "
                 "the file is sound: {}",
                 database_->name, cause.message);
    cause = storage::as_own_fault(std::move(cause));
    return;
  }
  if (!loss_)
    give_up({storage::loss_kind::damaged, cause.message});
  fail_all(cause);
}

void write_group::look(const std::string& damage) {
  if (loss_)
    return;
  auto there = check_files();
  if (!loss_ && !damage.empty() && !is_sound()) {
    there = codec::fail(error_code::storage, damage);
    give_up({storage::loss_kind::damaged, damage});
  }
  if (!loss_)
    return;
  transaction_.roll_back();
  fail_all(there.error());
}

storage::rescue_outcome write_group::rescue() {
  if (!loss_)
    return {};
  return storage::rescue(
      *connection_, watch_, *loss_, context_.directory, database_->uuid,
      [&databases = context_.databases] { return databases.is_waiting(); });
}

codec::result<void> write_group::prove(std::uint64_t commit_min) {
  auto proven = storage::check_for_damage(*connection_, proof_patience);
  if (proven && transaction_.commit_number() < commit_min)
    proven = codec::fail(
        error_code::storage,
        "the file is older than what was acknowledged: it has commit "
            + std::to_string(transaction_.commit_number()) + ", and "
            + std::to_string(commit_min)
            + " is known; start Sluice anew to go on from the older one");
  if (!proven)
    connection_->set_checkpoint_on_close(false);
  return proven;
}

} // namespace sluice::actors
