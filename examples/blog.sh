#!/usr/bin/env bash
# A small blog, driven through the services alone: users, posts, search and
# analytics. Needs a server whose services may work on its database:
#
#   ./run --services-databases blog
set -euo pipefail

usage() {
  cat <<'USAGE'
usage: examples/blog.sh [DATABASE] [option of sluice…]

  DATABASE   is created; default: blog. The server's setting services.databases
             has to list it.

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

database=blog
if [ $# -gt 0 ] && [ "${1#-}" = "$1" ]; then
  database=$1
  shift
fi
options=("$@")

[ -x "$sluice" ] || {
  echo "blog: no program $sluice; build it with ./run build" >&2
  exit 1
}

# Shows a request and its reply. A reply that is an error ends the script.
ask() {
  printf '> %s %s\n' "$1" "$2"
  "$sluice" request "$1" "$2" --header "Sluice-Database:$database" \
    ${options[@]+"${options[@]}"} || return
  echo
}

# The same for a request that must be refused.
must_fail() {
  if ask "$1" "$2" 2>&1; then
    echo "blog: $1 should have been refused" >&2
    exit 1
  fi
  echo
}

"$sluice" db create "$database" ${options[@]+"${options[@]}"} >/dev/null

echo '# Two authors; an e-mail address is taken once.'
ask users.create '{"name": "Ann Lee", "email": "ann@example.org"}'
ask users.create '{"name": "Bob", "email": "bob@example.org", "bio": "Writes"}'
must_fail users.create '{"name": "Eve", "email": "ANN@example.org"}'

echo '# A category, and posts, one by one and many at once.'
ask categories.create '{"name": "Travel"}'
ask posts.create '{"user_id": 1, "category_id": 1, "published": true,
  "title": "Down the Danube", "content": "Nine days by boat, from Ulm on."}'
ask posts.bulk_create '{"posts": [
  {"user_id": 1, "title": "Boats of the Danube", "published": true,
   "content": "Which boat for which river?"},
  {"user_id": 2, "title": "A draft about rivers"}]}'
must_fail posts.bulk_create '{"posts": [
  {"user_id": 1, "title": "Fine"}, {"user_id": 99, "title": "Nobody"}]}'

echo '# Readers: the newest, a search, and what is like it.'
ask posts.list '{"published": true, "limit": 10}'
ask posts.search '{"query": "danube boat*"}'
ask posts.search '{"query": "ann \"nine days\""}'
ask posts.related '{"id": 1}'

echo '# Editors: publish, change, transfer.'
ask posts.publish '{"id": 3}'
ask posts.update '{"id": 3, "content": "All rivers lead to the sea."}'
ask posts.transfer '{"from_user_id": 2, "to_user_id": 1}'
ask users.posts '{"id": 1, "limit": 2}'

echo '# What came of it.'
ask analytics.posts '{}'
ask analytics.top_authors '{"limit": 3}'
ask analytics.trends '{"days": 7}'

echo '# A user who leaves takes the posts along.'
ask users.delete '{"id": 1}'
must_fail posts.get '{"id": 1}'
