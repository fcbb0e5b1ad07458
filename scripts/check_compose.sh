#!/usr/bin/env bash
# Proves that the stack of compose.yaml keeps what it acknowledged: writes a
# few rows, restarts everything, kills Sluice, and reads the same rows again.
# It brings up a stack of its own on a free port and takes it down again with
# its volumes. Where COMPOSE_PROJECT_NAME names a stack that is up, it uses that.
set -euo pipefail
cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.."

say() { printf 'compose: %s\n' "$*"; }

if docker compose version >/dev/null 2>&1; then
  compose() { docker compose "$@"; }
elif command -v docker-compose >/dev/null; then
  compose() { docker-compose "$@"; }
else
  say 'needs Docker with Compose: apt-get install docker.io docker-compose' >&2
  exit 1
fi

docker info >/dev/null 2>&1 || {
  say 'no Docker engine answers; look at: docker info' >&2
  exit 1
}

finish() {
  local status=$?
  if [ "$status" -ne 0 ]; then compose logs --tail 40 >&2 || true; fi
  [ -z "$started" ] || compose down -v --remove-orphans >/dev/null 2>&1 || true
}

health() {
  local container
  container=$(compose ps -q sluice 2>/dev/null | head -n 1)
  [ -n "$container" ] || return 0
  docker inspect --format '{{.State.Health.Status}}' "$container" \
    2>/dev/null || true
}

# Waits until Sluice answers clients, at most two minutes.
await_health() {
  local deadline=$((SECONDS + 120))
  until [ "$(health)" = healthy ]; do
    if [ "$SECONDS" -ge "$deadline" ]; then
      say "sluice did not become healthy: $(health)" >&2
      return 1
    fi
    sleep 0.5
  done
}

# request TAIL JSON: prints the reply on one line.
request() {
  compose exec -T sluice sluice request "sluice.$1" "$2" </dev/null |
    tr -d '\r\n'
}

# Prints what the table holds, without the meta data, which changes.
read_rows() {
  request "db.$database.query" '{"sql": "SELECT id, text FROM notes ORDER BY id"}' |
    sed -n 's/.*"results": *\(\[[^]]*\]\).*/\1/p' | tr -d ' '
}

# expect_rows WHEN
expect_rows() {
  local rows
  rows=$(read_rows)
  if [ "$rows" != "$expected" ]; then
    say "$1: read $rows" >&2
    say "instead of $expected" >&2
    return 1
  fi
  say "$1: all rows are there"
}

database=check-$$
expected='[{"id":1,"text":"one"},{"id":2,"text":"two"},{"id":3,"text":"three"}]'
started=
trap finish EXIT

# Never the stack that somebody works with: Sluice is killed here.
if [ -z "${COMPOSE_PROJECT_NAME:-}" ]; then
  export COMPOSE_PROJECT_NAME=sluice-check NATS_PORT=
fi
if [ "$(health)" != healthy ]; then
  say 'building and starting'
  started=yes
  compose up -d --build
  await_health
fi

request databases.create "{\"name\": \"$database\"}" >/dev/null
request "db.$database.query" \
  '{"sql": "CREATE TABLE notes (id INTEGER PRIMARY KEY, text TEXT NOT NULL)"}' \
  >/dev/null
request "db.$database.query" \
  '{"sql": "INSERT INTO notes (text) VALUES (?), (?), (?)", "params": ["one", "two", "three"]}' \
  >/dev/null
expect_rows 'after the insert'
compose restart
await_health
expect_rows 'after a restart of the stack'
compose kill -s SIGKILL sluice
compose up -d --no-build
await_health
expect_rows 'after kill -9 of sluice'
request databases.delete "{\"name\": \"$database\"}" >/dev/null
say 'ok'
