#!/usr/bin/env bash
# Prints the C++ files of the project, or with `shell` its scripts, separated
# by NUL and relative to the project. Needs no git, so that it works in an
# unpacked archive too.
set -euo pipefail
cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.."

case ${1:-c++} in
  c++)
    for folder in actors bench cli codec config messaging schema security services storage tests; do
      [ ! -d "$folder" ] ||
        find "$folder" -type f \( -name '*.cpp' -o -name '*.hpp' \) -print0
    done | sort -z
    ;;
  shell)
    printf '%s\0' run test .ci/run
    find config examples scripts tests -type f -name '*.sh' -print0 | sort -z
    ;;
  *)
    echo 'usage: scripts/list_sources.sh [c++|shell]' >&2
    exit 2
    ;;
esac
