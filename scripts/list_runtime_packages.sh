#!/usr/bin/env bash
# Prints the Debian packages that hold the shared libraries of a program.
#
#   scripts/list_runtime_packages.sh PROGRAM
set -euo pipefail

program=${1:?usage: list_runtime_packages.sh PROGRAM}

libraries=$(ldd "$program")
if grep -F 'not found' <<<"$libraries" >&2; then
  exit 1
fi
sed -n 's|^[^/]*\(/[^ ]*\) (0x.*|\1|p' <<<"$libraries" |
  while IFS= read -r library; do
    file=$(realpath -- "$library")
    # Some packages still list their files without /usr, where they came from.
    dpkg-query --search "$file" 2>/dev/null ||
      dpkg-query --search "${file#/usr}"
  done | sed 's/:.*//' | sort -u
