#!/usr/bin/env bash
# Loads the Unicode character database into a database of Sluice, in batches of
# 500 rows through NATS, and asks it three questions. Needs a server (./run)
# and the Debian package unicode-data.
set -euo pipefail

usage() {
  cat <<'USAGE'
usage: examples/unicode.sh [DATABASE] [option of sluice…]

  DATABASE   is created; default: unicode

SLUICE names the program; default: build/release/sluice of this project. Options
such as --nats-url go to each call of it.
USAGE
}

case ${1:-} in
  -h | --help)
    usage
    exit 0
    ;;
esac

root=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.." && pwd -P)
sluice=${SLUICE:-$root/build/release/sluice}
data=/usr/share/unicode/UnicodeData.txt
rows_per_batch=500

database=unicode
if [ $# -gt 0 ] && [ "${1#-}" = "$1" ]; then
  database=$1
  shift
fi
options=("$@")

[ -x "$sluice" ] || {
  echo "unicode: no program $sluice; build it with ./run build" >&2
  exit 1
}
[ -r "$data" ] || {
  echo "unicode: no file $data; apt-get install unicode-data" >&2
  exit 1
}

# Prints one batch as JSON per line: an array of statements with parameters.
list_batches() {
  awk -F';' -v size="$rows_per_batch" '
    function text(s) { gsub(/["\\]/, "\\\\&", s); return "\"" s "\"" }
    {
      printf "%s{\"sql\":\"INSERT INTO chars VALUES (?, ?, ?, ?)\",",
        NR % size == 1 ? "[" : ","
      printf "\"params\":[%s,%s,%s,%s]}", text($1), text($2), text($3),
        $13 == "" ? "null" : text($13)
      if (NR % size == 0) print "]"
    }
    END { if (NR % size) print "]" }
  ' "$data"
}

now_ms() { date +%s%3N; }

ask() {
  local begin
  printf '\n%s\n' "$1"
  begin=$(now_ms)
  "$sluice" execute "$database" --table --command "$1" "${options[@]}"
  printf '%d ms with the start of the program\n' $(($(now_ms) - begin))
}

"$sluice" db create "$database" "${options[@]}" >/dev/null
"$sluice" execute "$database" "${options[@]}" --command \
  'CREATE TABLE chars (code TEXT PRIMARY KEY, name TEXT NOT NULL,
    category TEXT NOT NULL, uppercase TEXT);
   CREATE INDEX chars_category ON chars(category)' >/dev/null

begin=$(now_ms)
batches=0
while IFS= read -r batch; do
  "$sluice" request "db.$database.query" - "${options[@]}" <<<"$batch" >/dev/null
  batches=$((batches + 1))
done < <(list_batches)
printf '%d batches of %d rows in %d ms\n' "$batches" "$rows_per_batch" \
  $(($(now_ms) - begin))

ask 'SELECT count(*) AS characters FROM chars'
ask 'SELECT category, count(*) AS characters FROM chars GROUP BY category
  ORDER BY characters DESC LIMIT 5'
ask "SELECT code, name FROM chars WHERE name LIKE '%SLUICE%' OR name LIKE
  'GREEK SMALL LETTER OMEGA%' ORDER BY code LIMIT 5"
