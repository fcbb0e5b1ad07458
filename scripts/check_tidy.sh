#!/usr/bin/env bash
# Runs clang-tidy 19 over every source. Those that are compiled together
# (cmake/sluice_unity.cmake) are looked at together, too: most of the time goes
# into the headers of libraries. What was clean is not looked at again until a
# source, a header of the project that it sees, its compiler flags, the checks
# or a library changes; the stamps are with the build.
#
#   scripts/check_tidy.sh [PATTERN]     only folders or files whose path matches
set -euo pipefail
cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.."

# By this word in a path clang's analyzer (AnalysisManager::isInCodeFile) knows
# files of which it is to look at the sources that they include.
preset=tidy-UnifiedSource
build=build/$preset
database=$build/compile_commands.json
stamps=$build/stamps
headers=$PWD/$build/corrected
# As HeaderFilterRegex in .clang-tidy, and the sources.
of_project='/(actors|bench|cli|codec|config|messaging|security|services|storage|tests)/[a-z_/]+\.[ch]pp$'

# Prints FILE TAB COMMAND of what is compiled, FILE relative to the project.
# CMake writes each key on a line of its own. What the build makes is left out,
# for it is there only after a build; but not what includes several sources.
list_commands() {
  awk -v root="$(pwd -P)/" '
    /^ *"command": / {
      command = $0
      sub(/^ *"command": "/, "", command)
      sub(/",?$/, "", command)
      sub(/ -o .*$/, "", command)
    }
    /^ *"file": / {
      file = $0
      sub(/^ *"file": "/, "", file)
      sub(/",?$/, "", file)
      if (index(file, root) == 1) file = substr(file, length(root) + 1)
      is_made = file ~ /^build\// && file !~ /\/Unity\/unity_[0-9]+_cxx\.cxx$/
      if (!is_made && !seen[file]++) print file "\t" command
    }
  ' "$database"
}

# What else decides over the findings: the checks, the tool, the libraries.
hash_surroundings() {
  {
    cat .clang-tidy
    clang-tidy-19 --version
    dpkg-query --show '*-dev' catch2 2>/dev/null || true
  } | sha256sum | cut -d ' ' -f 1
}

# Prints FILE TAB KEY TAB SOURCES. The key covers the file, all it includes of
# the project, directly or not, and its folder's own checks.
list_keys() {
  local hashes
  hashes=$(mktemp)
  {
    scripts/list_sources.sh c++
    find . -mindepth 2 -maxdepth 2 -name .clang-tidy -printf '%P\0'
  } | xargs -0 --no-run-if-empty sha256sum >"$hashes"
  list_commands | awk -v root="$(pwd -P)/" \
    -v surroundings="$(hash_surroundings)" -v hashes="$hashes" '
    function read_includes(file,   line, header, folder) {
      folder = file
      sub(/[^\/]*$/, "", folder)
      while ((getline line < file) > 0) {
        if (line !~ /^[ \t]*#[ \t]*include[ \t]*"/) continue
        header = line
        sub(/^[^"]*"/, "", header)
        sub(/".*$/, "", header)
        if (index(header, root) == 1) header = substr(header, length(root) + 1)
        if (!(header in hash)) {
          if ((folder header) in hash) header = folder header
          else if (("tests/" header) in hash) header = "tests/" header
        }
        includes[file] = includes[file] header "\n"
      }
      close(file)
      is_read[file] = 1
    }
    function visit(file,   list, count, i) {
      if (file in seen || !(file in hash || file ~ /^build\//)) return
      seen[file] = 1
      if (file in hash) key = key " " file "=" hash[file]
      if (!(file in is_read)) read_includes(file)
      count = split(includes[file], list, "\n")
      for (i = 1; i < count; i++) visit(list[i])
    }
    BEGIN {
      FS = "\t"
      while ((getline line < hashes) > 0) {
        file = substr(line, 67)
        hash[file] = substr(line, 1, 64)
      }
    }
    {
      for (file in seen) delete seen[file]
      checks = $1
      sub(/^build\/[^\/]*\//, "", checks)
      sub(/\/.*/, "/.clang-tidy", checks)
      key = checks in hash ? hash[checks] : ""
      visit($1)
      sources = $1
      if ($1 in includes && $1 ~ /^build\//) {
        sources = includes[$1]
        gsub(/\n/, " ", sources)
      }
      print $1 "\t" surroundings " " $2 key "\t" sources
    }
  ' | while IFS=$'\t' read -r file key sources; do
    printf '%s\t%s\t%s\n' "$file" \
      "$(sha256sum <<<"$key" | cut -d ' ' -f 1)" "$sources"
  done
  rm -f "$hashes"
}

# clang 19 refuses a template of simdjson 3.6, as Ubuntu 24.04 has it. There a
# copy of the header is read, corrected as later versions are.
correct_simdjson() {
  local header=/usr/include/simdjson.h
  rm -rf -- "$headers"
  grep -qsF 'this->print_newline' "$header" || return 0
  mkdir -p "$headers"
  sed 's/this->print_/static_cast<formatter*>(this)->print_/' "$header" \
    >"$headers/simdjson.h"
}

# Checks one file; its stamp holds the key of its last clean state.
check_file() {
  local file=$1 key=$2 stamp output folder
  local -a options=()
  stamp=$stamps/${file//\//__}
  if [[ $file == build/* ]]; then
    # The sources are included: they count as headers then.
    options=(--checks=-bugprone-suspicious-include
      --header-filter="$of_project" --extra-arg=-Wno-unknown-warning-option)
    # A folder's own checks, which stand beside the sources.
    folder=${file#"$build"/}
    folder=${folder%%/*}
    [ ! -e "$folder/.clang-tidy" ] ||
      options+=(--config-file="$folder/.clang-tidy")
  fi
  if output=$(clang-tidy-19 -p "$build" --quiet --use-color=0 \
    --extra-arg="-isystem$headers" "${options[@]}" "$file" 2>&1); then
    printf '%s\n' "$key" >"$stamp"
    return
  fi
  rm -f "$stamp"
  printf 'tidy: %s\n' "$file"
  grep -v -E '^[0-9]+ warnings? (generated|treated)|^Suppressed ' <<<"$output"
  return 1
}

if [ "${1:-}" = --file ]; then
  check_file "$2" "$3"
  exit
fi

pattern=${1:-.}
scripts/build_preset.sh --configure "$preset"
mkdir -p "$stamps"

stale=()
total=0
while IFS=$'\t' read -r file key sources; do
  [[ $sources =~ $pattern ]] || continue
  total=$((total + 1))
  stamp=$stamps/${file//\//__}
  [ "$(cat "$stamp" 2>/dev/null)" = "$key" ] || stale+=("$file" "$key")
done < <(list_keys)

printf 'tidy: %d of %d files to look at\n' $((${#stale[@]} / 2)) "$total"
[ ${#stale[@]} -gt 0 ] || exit 0
correct_simdjson
printf '%s\0' "${stale[@]}" |
  xargs -0 --max-args=2 --max-procs="$(nproc)" scripts/check_tidy.sh --file || {
  echo 'tidy: there are findings'
  exit 1
}
