#!/usr/bin/env bash
# Makes an authority of certificates, and what it vouches for:
#
#   make_certificates.sh FOLDER [HOST…]          the NATS server
#   make_certificates.sh --client NAME FOLDER    a client, where `verify` is on
#
# FOLDER gets ca.pem, which clients need (nats.tls_ca_file); server.pem and
# server.key, or NAME.pem and NAME.key; and ca.key, which only this script
# needs: keep it elsewhere. HOST is how clients call the server, a name or an
# IP address; localhost and 127.0.0.1 are there anyway.
#
# An authority that is in FOLDER already is used again, so that a second call
# renews a certificate. DAYS (825) is how long that holds.
set -euo pipefail

usage() {
  echo 'usage: make_certificates.sh [--client NAME] FOLDER [HOST…]' >&2
  exit 2
}

case ${1:-} in
  -h | --help)
    # What stands above.
    sed -n '2,/^set/ { /^#/ s/^# \{0,1\}//p }' "$0"
    exit
    ;;
  --client) ;;
  -*) usage ;;
esac

name=server
if [ "${1:-}" = --client ]; then
  [ $# -eq 3 ] || usage
  name=$2
  shift 2
fi
[ $# -ge 1 ] || usage
folder=$1
shift

umask 077
mkdir -p -- "$folder"
cd -- "$folder"

key=(-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes)

if [ ! -f ca.key ]; then
  openssl req -x509 "${key[@]}" -days 3650 -keyout ca.key -out ca.pem \
    -subj '/CN=NATS authority' -addext 'keyUsage=critical,keyCertSign,cRLSign'
fi

# The extensions of the certificate.
describe() {
  if [ "$name" != server ]; then
    echo 'extendedKeyUsage=clientAuth'
    return
  fi
  echo 'extendedKeyUsage=serverAuth'
  local host names=DNS:localhost,IP:127.0.0.1
  for host in "$@"; do
    case $host in
      *:*) names+=",IP:$host" ;;
      *[!0-9.]*) names+=",DNS:$host" ;;
      *) names+=",IP:$host" ;;
    esac
  done
  echo "subjectAltName=$names"
}

work=$(mktemp -d)
trap 'rm -rf -- "$work"' EXIT
describe "$@" >"$work/extensions"
openssl req -new "${key[@]}" -keyout "$name.key" -subj "/CN=$name" \
  -out "$work/request"
openssl x509 -req -in "$work/request" -CA ca.pem -CAkey ca.key \
  -CAcreateserial -days "${DAYS:-825}" -extfile "$work/extensions" \
  -out "$name.pem"
# The certificates are no secret.
chmod 644 ca.pem "$name.pem"
