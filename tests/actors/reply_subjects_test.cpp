#include "actors/reply_subjects.hpp"

#include <catch2/catch_test_macros.hpp>

namespace sluice::tests {

TEST_CASE("no reply goes to what NATS or Sluice itself listens to",
          "[actors][reply_subjects]") {
  auto settings = config::nats_settings{};
  settings.subject_prefix = "team.sluice";
  const auto subjects = actors::reply_subjects{settings};
  for (const auto* refused :
       {"$", "$SRV.PING", "$JS.API.STREAM.PURGE.A", "$SYS.REQ.SERVER.PING",
        "team.sluice", "team.sluice.db.app.exec",
        "team.sluice.partition.1.db.app.query"}) {
    CAPTURE(refused);
    CHECK(subjects.refusal(refused).has_value());
  }
  for (const auto* allowed : {"", "_INBOX.a.b", "team.sluicegate", "team.other",
                              "sluice.db.app.exec", "a.$JS.API"}) {
    CAPTURE(allowed);
    CHECK_FALSE(subjects.refusal(allowed).has_value());
  }
}

TEST_CASE("where prefixes are listed, replies go to nothing else",
          "[actors][reply_subjects]") {
  auto settings = config::nats_settings{};
  settings.reply_prefixes = "_INBOX_a, replies.web,sluice.x,$SRV";
  const auto subjects = actors::reply_subjects{settings};
  for (const auto* allowed :
       {"", "_INBOX_a.x", "replies.web", "replies.web.1"}) {
    CAPTURE(allowed);
    CHECK_FALSE(subjects.refusal(allowed).has_value());
  }
  for (const auto* refused : {"_INBOX.x", "_INBOX_ab.x", "replies.webs",
                              "replies", "sluice.x.y", "$SRV.PING"}) {
    CAPTURE(refused);
    CHECK(subjects.refusal(refused).has_value());
  }
}

} // namespace sluice::tests
