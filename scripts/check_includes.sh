#!/usr/bin/env bash
# Holds the rules of ARCHITECTURE.md that no compiler checks: which folder may
# see which library, and what may not be written where. Prints each breach as
# FILE:LINE: rule.
set -euo pipefail
cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.."

# shellcheck disable=SC2016 # The program is awk's.
scripts/list_sources.sh c++ | xargs -0 --no-run-if-empty awk '
  function breach(rule) {
    printf "%s:%d: %s\n", FILENAME, FNR, rule
    breaches++
  }
  # Whether the file is in one of the folders, given as a pattern.
  function within(folders) { return FILENAME ~ "^(" folders ")/" }
  function is_source() { return FILENAME ~ /\.cpp$/ }
  BEGIN { for (i = 1; i < ARGC; i++) headers[ARGV[i]] = 1 }
  FNR == 1 {
    previous = ""
    included = 0
    own = FILENAME
    sub(/\.cpp$/, ".hpp", own)
  }
  /^[ \t]*#[ \t]*include/ {
    header = $0
    sub(/^[^<"]*[<"]/, "", header)
    sub(/[>"].*$/, "", header)
    # A file that includes its own header first shows that it is complete.
    if (!included++ && is_source() && header != own && (own in headers))
      breach("the first include is not \"" own "\"")
    if (header == "sqlite3.h" && !(within("storage") && is_source()) &&
        !within("tests|bench"))
      breach("sqlite3.h belongs into the .cpp files of storage")
    if (header ~ /^nats(\/|\.h)/ && !(within("messaging") && is_source()) &&
        !within("tests|bench"))
      breach("nats.h belongs into the .cpp files of messaging")
    if (header ~ /^(simdjson|rapidjson)[.\/]/ &&
        !within("codec|cli|tests|bench"))
      breach("JSON libraries belong into codec and cli")
    if (header ~ /^openssl\// && !(within("security") && is_source()) &&
        !within("tests"))
      breach("OpenSSL belongs into the .cpp files of security")
    if (header ~ /^caf\// && !within("actors|cli|tests"))
      breach("CAF belongs into actors and cli")
    if (header ~ /^\.\.?\//)
      breach("include \"folder/file.hpp\", no relative path")
  }
  # Copying is only worth it for a reason, which stands beside or above.
  /SQLITE_TRANSIENT/ && !/\/\// && previous !~ /^[ \t]*\/\// {
    breach("SQLITE_TRANSIENT copies; a comment says why it must")
  }
  /caf::infinite/ && !within("tests") {
    breach("a request that waits for ever; give it a deadline")
  }
  # What an actor captures outlives the call that made it.
  within("actors") && /\[[&=](,[^\]]*)?\][ \t]*[({m]/ {
    breach("[&] and [=] hide what outlives the call; name each capture")
  }
  /using namespace/ && FILENAME ~ /\.hpp$/ && !/\/\/.*using namespace/ {
    breach("no using namespace in a header")
  }
  { previous = $0 }
  END { exit breaches > 0 }
'
