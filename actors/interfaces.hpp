#pragma once

#include "actors/job.hpp"

#include <caf/all.hpp>

#include <cstdint>
#include <memory>
#include <string>

/// Every typed interface, with a sentence per message.

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(sluice::actors::job_ptr)

CAF_BEGIN_TYPE_ID_BLOCK(sluice_messages, caf::first_custom_type_id)

  CAF_ADD_ATOM(sluice_messages, sluice::actors, commit_atom, "commit")
  CAF_ADD_ATOM(sluice_messages, sluice::actors, shut_atom, "shut")
  CAF_ADD_ATOM(sluice_messages, sluice::actors, closed_atom, "closed")
  CAF_ADD_ATOM(sluice_messages, sluice::actors, work_atom, "work")
  CAF_ADD_ATOM(sluice_messages, sluice::actors, forget_atom, "forget")
  CAF_ADD_ATOM(sluice_messages, sluice::actors, forgot_atom, "forgot")
  CAF_ADD_ATOM(sluice_messages, sluice::actors, expire_atom, "expire")
  CAF_ADD_ATOM(sluice_messages, sluice::actors, look_atom, "look")
  CAF_ADD_ATOM(sluice_messages, sluice::actors, broken_atom, "broken")
  CAF_ADD_ATOM(sluice_messages, sluice::actors, opened_atom, "opened")
  CAF_ADD_ATOM(sluice_messages, sluice::actors, release_atom, "release")
  CAF_ADD_ATOM(sluice_messages, sluice::actors, tick_atom, "tick")
  CAF_ADD_ATOM(sluice_messages, sluice::actors, wanted_atom, "wanted")
  CAF_ADD_ATOM(sluice_messages, sluice::actors, sweep_atom, "sweep")
  CAF_ADD_ATOM(sluice_messages, sluice::actors, failed_atom, "failed")

CAF_END_TYPE_ID_BLOCK(sluice_messages)

namespace sluice::actors {

/// The WRITER of one open database: the only owner of a connection that
/// writes. Detached.
using writer_actor = caf::typed_actor<
    // Executes the next request of its queue (write_queue) in the open group.
    // The reply comes after the COMMIT.
    caf::reacts_to<work_atom>,
    // INTERNAL: Commits the open group; stands behind all that was queued when
    // the group began.
    caf::reacts_to<commit_atom>,
    // Looks whether its files are still there. With a text: a reader met
    // damage, which that words. Where data still has to be saved, tries to.
    caf::reacts_to<look_atom, std::string>,
    // Commits, checkpoints, closes the file, tells the catalog, and ends. The
    // sender has made sure that no request comes after it. One that still has
    // data to save ends when that is done, or with the second `shut`.
    caf::reacts_to<shut_atom>>;

/// A READER: a cache of read-only connections. Detached.
using reader_actor = caf::typed_actor<
    // Takes requests from the queue until it is empty.
    caf::reacts_to<work_atom>,
    // Closes its connection to a database, by uuid, and tells the catalog.
    caf::reacts_to<forget_atom, std::string>>;

/// A WORKER for what accounts need: hashes passwords, or checks signatures.
/// Detached, for both take long.
using account_worker_actor = caf::typed_actor<
    // Takes requests from its queue until it is empty.
    caf::reacts_to<work_atom>,
    // INTERNAL: A request of its queue, by number, was held back long enough.
    caf::reacts_to<release_atom, std::uint64_t>>;

/// The CATALOG: which databases there are, and which are open. Detached, for
/// it waits for the disk.
using catalog_actor = caf::typed_actor<
    // A request of `databases.*`.
    caf::reacts_to<job_ptr>,
    // Requests wait for a database that is closed (`take_wanted`): opens it.
    caf::reacts_to<wanted_atom>,
    // A writer has closed its database's file, by uuid; `false`: it could not
    // open it now, for something that may be over soon.
    caf::reacts_to<closed_atom, std::string, bool>,
    // A writer could not open its database's file, by uuid, for something is
    // used up: what, in words. It leaves its queue alone, and waits for `shut`.
    caf::reacts_to<failed_atom, std::string, std::string>,
    // A writer found its database's file, by uuid, broken or missing, and
    // writes no more: the cause in words. A second one words it anew. `closed`
    // follows once it was told to shut.
    caf::reacts_to<broken_atom, std::string, std::string>,
    // A writer that tries a quarantined database, by uuid, found it sound.
    caf::reacts_to<opened_atom, std::string>,
    // A reader holds a database, by uuid, no longer.
    caf::reacts_to<forgot_atom, std::string>,
    // INTERNAL: Closes databases that nobody uses.
    caf::reacts_to<expire_atom>,
    // INTERNAL: Answers requests whose deadline passed while they waited.
    caf::reacts_to<sweep_atom>,
    // Closes every database; replies when all files are closed.
    caf::replies_to<shut_atom>::with<bool>>;

/// The SUPERVISOR: starts the catalog and the readers, replaces a reader that
/// dies, hangs or is at a long read, and ends the service where it cannot go
/// on.
using supervisor_actor = caf::typed_actor<
    // Looks after the reads that run; again and again while there are any.
    caf::reacts_to<tick_atom>,
    // Shuts everything down in order; replies when all files are closed.
    caf::replies_to<shut_atom>::with<bool>>;

} // namespace sluice::actors
