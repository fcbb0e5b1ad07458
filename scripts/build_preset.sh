#!/usr/bin/env bash
# Configures a CMake preset where that is needed and builds targets of it.
# Prints to stderr only; what the build said is kept in build/PRESET.log.
#
#   scripts/build_preset.sh PRESET [TARGET…]     without TARGET: all of it
#   scripts/build_preset.sh --configure PRESET
set -euo pipefail

root=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd -P)

only_configure=
if [ "${1:-}" = --configure ]; then
  only_configure=yes
  shift
fi
preset=${1:?usage: build_preset.sh [--configure] PRESET [TARGET…]}
shift
folder=$root/build/$preset
log=$root/build/$preset.log

say() { printf 'build: %s\n' "$*" >&2; }

# A compiler of CAF's templates takes up to 1.5 GB, so memory bounds the jobs.
choose_jobs() {
  local cores memory_mb jobs
  cores=$(nproc)
  memory_mb=$(awk '$1 == "MemAvailable:" {print int($2 / 1024)}' \
    /proc/meminfo 2>/dev/null || true)
  jobs=$((${memory_mb:-3000} / 1500))
  [ "$jobs" -ge 1 ] || jobs=1
  [ "$jobs" -le "$cores" ] || jobs=$cores
  printf '%s\n' "$jobs"
}

needs_configure() {
  local cache=$folder/CMakeCache.txt
  [ -e "$folder/build.ninja" ] || return 0
  # A build folder that moved with its tree still points to the old place.
  if ! grep -qxF "CMAKE_HOME_DIRECTORY:INTERNAL=$root" "$cache"; then
    rm -rf -- "$folder"
    return 0
  fi
  # A build notices by itself that a CMakeLists.txt has changed.
  [ -n "$only_configure" ] ||
    [ "$root/CMakePresets.json" -nt "$folder/build.ninja" ]
}

# Shows what the command says, keeps it in the log, and fails as it does.
logged() { "$@" 2>&1 </dev/null | tee -a "$log" | sed -u "$quiet" >&2; }

main() {
  local quiet
  mkdir -p "$folder"
  # Two builds of one folder at the same time would spoil it.
  exec 9>"$root/build/$preset.lock"
  flock --nonblock 9 || {
    say "waiting for another build of $preset"
    flock 9
  }
  : >"$log"
  if needs_configure; then
    if command -v ccache >/dev/null; then
      export CMAKE_CXX_COMPILER_LAUNCHER=ccache
    fi
    say "configuring $preset"
    quiet='/^-- /d; /^Preset CMake variables:/d; /^  [A-Z_]*="/d; /^$/d'
    (cd -- "$root" && logged cmake --preset "$preset") || {
      say "cmake failed; its output is in $log"
      exit 1
    }
  fi
  [ -z "$only_configure" ] || return 0
  quiet='/^ninja: no work to do/d'
  logged cmake --build "$folder" --parallel "$(choose_jobs)" \
    ${1:+--target "$@"} || {
    say "the build of $preset failed; its output is in $log"
    exit 1
  }
}

main "$@"
