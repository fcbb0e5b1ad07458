#!/usr/bin/env bash
# Fuzzes what clients send: builds the targets of tests/fuzz with libFuzzer,
# AddressSanitizer and UndefinedBehaviorSanitizer and lets each of them look
# for inputs that break a rule. What a run finds is in build/fuzz.
set -euo pipefail

root=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd -P)
cd -- "$root"

# The one that finds most comes first.
all=(sql requests parameters headers subjects tokens)
programs=build/fuzz/tests/fuzz
input_bytes_max=2048
# A statement is interrupted after 50 ms; a machine may be slow.
input_s_max=20
memory_mb_max=2048

usage() {
  cat <<USAGE
usage: scripts/fuzz.sh [--seconds N] [--jobs N] [--merge] [TARGET…]

  TARGET       ${all[*]}; without one: all of them
  --seconds N  how long each of them runs (60)
  --jobs N     how many run at a time (one for each core)
  --merge      does not fuzz; takes from earlier runs into the stored corpus
               what reaches code that nothing in it reaches

Inputs that reach something new are kept in build/fuzz/new/TARGET, and the next
run begins with them and the stored ones of tests/fuzz/corpus/TARGET. An input
that breaks a rule is kept in build/fuzz/findings; it is printed with the
command that repeats it, and the exit status is 1.

examples:
  scripts/fuzz.sh sql --seconds 3600
  scripts/fuzz.sh --merge requests
USAGE
}

say() { printf 'fuzz: %s\n' "$*"; }

# Linux may place memory where the shadow of AddressSanitizer is.
fix_layout() {
  local bits
  bits=$(cat /proc/sys/vm/mmap_rnd_bits 2>/dev/null || echo 0)
  if [ "$bits" -gt 28 ] && setarch --addr-no-randomize true 2>/dev/null; then
    setarch --addr-no-randomize "$@"
  else
    "$@"
  fi
}

# Prints what libFuzzer or the target says of a finding, and how to repeat it.
explain_failure() {
  local target=$1 log=$2 input
  say "$target: FAILED; the whole output is in $log"
  grep -a -A 12 -m 1 -E '^FINDING|runtime error:|ERROR: ' "$log" || tail -n 20 "$log"
  input=$(sed -n 's/.*Test unit written to //p' "$log" | tail -n 1)
  [ -z "$input" ] || say "to repeat it:  $programs/fuzz_$target $input"
}

# statistic LOG NAME
statistic() { awk -v name="stat::$2:" '$1 == name {print $2}' "$1"; }

run_target() {
  local target=$1 seconds=$2 log=build/fuzz/$1.log begin=$SECONDS
  local -a options=()
  # A statement that has been changed often is none any more.
  [ "$target" != sql ] || options=(-mutate_depth=2)
  mkdir -p "build/fuzz/new/$target" build/fuzz/findings
  if ! fix_layout "$programs/fuzz_$target" \
    -max_total_time="$seconds" -timeout="$input_s_max" \
    -rss_limit_mb="$memory_mb_max" -max_len="$input_bytes_max" \
    -dict="tests/fuzz/dictionaries/$target.dict" -print_final_stats=1 \
    -artifact_prefix="build/fuzz/findings/$target-" "${options[@]}" \
    "build/fuzz/new/$target" "tests/fuzz/corpus/$target" \
    >"$log" 2>&1 </dev/null; then
    explain_failure "$target" "$log"
    return 1
  fi
  say "$target: nothing found by $(statistic "$log" number_of_executed_units)" \
    "inputs in $((SECONDS - begin)) s," \
    "$(statistic "$log" new_units_added) of them new"
}

# Only by the code that is reached, not by how often, and the fewest that do:
# the stored corpus runs with each ctest.
merge_target() {
  local target=$1 stored=tests/fuzz/corpus/$1
  mkdir -p "build/fuzz/new/$target"
  fix_layout "$programs/fuzz_$target" -set_cover_merge=1 -use_counters=0 \
    -max_len="$input_bytes_max" "$stored" "build/fuzz/new/$target" \
    >"build/fuzz/$target.log" 2>&1 </dev/null || {
    explain_failure "$target" "build/fuzz/$target.log"
    return 1
  }
  say "$target: $(find "$stored" -type f | wc -l) inputs are stored," \
    "$(du --apparent-size -sk "$stored" | cut -f 1) KB"
}

if [ "${1:-}" = --one ]; then
  "$2_target" "$4" "$3"
  exit
fi

seconds=60
jobs=$(nproc)
what=run
targets=()
while [ $# -gt 0 ]; do
  case $1 in
    -h | --help)
      usage
      exit 0
      ;;
    --seconds | --jobs)
      [[ ${2:-} =~ ^[1-9][0-9]*$ ]] || {
        say "$1 takes a number above 0" >&2
        exit 2
      }
      if [ "$1" = --jobs ]; then jobs=$2; else seconds=$2; fi
      shift
      ;;
    --merge) what=merge ;;
    *)
      [[ " ${all[*]} " == *" $1 "* ]] || {
        say "no target is called $1" >&2
        usage >&2
        exit 2
      }
      targets+=("$1")
      ;;
  esac
  shift
done
[ ${#targets[@]} -gt 0 ] || targets=("${all[@]}")

scripts/build_preset.sh fuzz

# Databases in memory are faster, and a target that is ended leaves its own.
shared=/dev/shm
[ -w "$shared" ] || shared=${TMPDIR:-/tmp}
TMPDIR=$(mktemp -d "$shared/sluice-fuzz-XXXXXX")
trap 'rm -rf -- "$TMPDIR"' EXIT
strict=detect_leaks=1:strict_string_checks=1
strict+=:check_initialization_order=1:detect_stack_use_after_return=1
export TMPDIR ASAN_OPTIONS=${ASAN_OPTIONS:-$strict}
export UBSAN_OPTIONS=${UBSAN_OPTIONS:-print_stacktrace=1:halt_on_error=1}
printf '%s\0' "${targets[@]}" |
  xargs -0 --max-args=1 --max-procs="$jobs" \
    scripts/fuzz.sh --one "$what" "$seconds" || {
  say 'there are findings'
  exit 1
}
