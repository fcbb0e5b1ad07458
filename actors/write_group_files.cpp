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

/// For looking at a quarantined file, which nobody writes to meanwhile.
constexpr auto proof_patience = std::chrono::seconds{10};

} // namespace

bool write_group::are_files_there(bool is_committed) {
  auto lost = watch_.look();
  if (!lost)
    return true;
  if (lost->kind != storage::loss_kind::unknown) {
    give_up(std::move(*lost), is_committed);
    return false;
  }
  transaction_.roll_back();
  fail_pending({error_code::storage, lost->message}, is_committed);
  return false;
}

void write_group::give_up(storage::file_loss loss, bool is_committed) {
  const auto cause = codec::error{error_code::storage, loss.message};
  // The file and its WAL stay as they are, for whoever repairs them.
  connection_->set_checkpoint_on_close(false);
  loss_ = std::move(loss);
  transaction_.roll_back();
  fail_pending(cause, is_committed);
}

void write_group::fail_pending(const codec::error& cause, bool is_committed) {
  if (!is_committed) {
    fail_all(cause);
    return;
  }
  // COMMIT went through, but to what?
  for (auto& reply : std::exchange(pending_, {}))
    reply.work->reply.fail(
        {error_code::storage,
         "this request was executed, but is not known to last: "
             + cause.message});
  context_.replies.sink.flush();
}

void write_group::give_up_if_damage(const codec::error& cause) {
  if (!loss_ && storage::is_damage(cause))
    give_up({storage::loss_kind::damaged, cause.message}, false);
}

void write_group::look(const std::string& damage) {
  auto lost = watch_.look();
  if (lost && lost->kind == storage::loss_kind::unknown)
    lost.reset();
  if (!lost && !damage.empty())
    lost = storage::file_loss{storage::loss_kind::damaged, damage};
  if (lost && !loss_)
    give_up(std::move(*lost), false);
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
