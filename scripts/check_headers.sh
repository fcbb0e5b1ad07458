#!/usr/bin/env bash
# Compiles each header that has no source of its own name by itself: it must
# not lean on what another file includes. (A header that has one is the first
# that its source includes; check_includes.sh sees to that.)
set -euo pipefail
cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.."

database=build/dev/compile_commands.json
[ -e "$database" ] || {
  echo "headers: no $database; run scripts/build_preset.sh --configure dev" >&2
  exit 1
}

# Prints the compiler call, without its files, of a source in the folder.
find_command() {
  awk -v folder="$(pwd -P)/$1/" '
    /^ *"command": / {
      command = $0
      sub(/^ *"command": "/, "", command)
      sub(/",?$/, "", command)
      sub(/ -o .*$/, "", command)
      gsub(/\\"/, "\"", command)
      gsub(/\\\\/, "\\", command)
    }
    /^ *"file": / && index($0, "\"" folder) { print command; exit }
  ' "$database"
}

check_header() {
  local header=$1 command
  command=$(find_command "$(dirname -- "$header")")
  # A folder of headers only has nothing that says how to compile it.
  [ -n "$command" ] || return 0
  printf '#include "%s"\n' "$PWD/$header" |
    eval "$command -fsyntax-only -x c++ -" || {
    printf 'headers: %s is not complete by itself\n' "$header"
    return 1
  }
}

if [ "${1:-}" = --file ]; then
  check_header "$2" 2>&1
  exit
fi

scripts/list_sources.sh c++ | while IFS= read -r -d '' file; do
  if [[ $file == *.hpp ]] && [ ! -e "${file%.hpp}.cpp" ]; then
    printf '%s\0' "$file"
  fi
done | xargs -0 --no-run-if-empty --max-args=1 --max-procs="$(nproc)" \
  scripts/check_headers.sh --file
