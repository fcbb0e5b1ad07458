#!/usr/bin/env bash
# Formats every C++ file of the project in place.
set -euo pipefail
cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.."
scripts/list_sources.sh c++ | xargs -0 --no-run-if-empty clang-format-19 -i
