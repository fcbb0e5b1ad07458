#!/usr/bin/env bash
# Installs the distribution's packages that Sluice is built and tested with,
# as far as they are missing. When nothing is missing it touches nothing and
# needs no rights. For Debian 12, Debian 13 and Ubuntu 24.04.
set -euo pipefail

usage() {
  cat <<'USAGE'
usage: scripts/install_packages.sh [build|test|--help]

  build   what ./run needs: compiler, CMake, libraries, nats-server (default)
  test    build, and what ./test needs besides

Missing packages are installed with apt-get, through sudo unless you are root.
USAGE
}

build_packages=(
  cmake g++ libcaf-dev libcli11-dev libedit-dev libnats-dev libsimdjson-dev libsodium-dev
  libspdlog-dev libsqlite3-dev nats-server ninja-build pkgconf rapidjson-dev)
test_packages=(
  catch2 clang-19 clang-format-19 clang-tidy-19 libclang-rt-19-dev nodejs npm
  openssl shellcheck sqlite3 unicode-data)

apt_log=
trap '[ -z "$apt_log" ] || rm -f "$apt_log"' EXIT

say() { printf 'packages: %s\n' "$*" >&2; }

fail() {
  printf 'packages: error: %s\n' "$1" >&2
  shift
  [ $# -eq 0 ] || printf '  %s\n' "$@" >&2
  exit 1
}

version_installed() {
  dpkg-query --show --showformat='${db:Status-Status} ${Version}' "$1" \
    2>/dev/null | sed -n 's/^installed //p'
}

# is_at_least VERSION MINIMUM
is_at_least() { [ -n "$1" ] && dpkg --compare-versions "$1" ge "$2"; }

# Node that came from elsewhere, with the npm that came along, stays.
is_present() {
  local version
  case $1 in
    nodejs) command -v node >/dev/null && return ;;
    npm) command -v npm >/dev/null && return ;;
  esac
  version=$(version_installed "$1") || return 1
  case $1 in
    catch2) is_at_least "$version" 3 ;;
    *) [ -n "$version" ] ;;
  esac
}

# The distribution's npm would bring the distribution's Node beside another one.
check_npm() {
  local node
  node=$(command -v node) || return 0
  ! command -v npm >/dev/null || return 0
  dpkg --search "$(realpath -- "$node")" >/dev/null 2>&1 || fail \
    "there is Node, $node, and no npm" \
    'Install the npm that belongs to it, or take that Node out of PATH.'
}

as_root() {
  if [ "$(id -u)" -eq 0 ]; then "$@"; else sudo -- "$@"; fi
}

# apt_get WHAT ARGUMENTS…: WHAT names the step in the error message.
apt_get() {
  local what=$1
  shift
  if as_root env DEBIAN_FRONTEND=noninteractive apt-get \
    -o DPkg::Lock::Timeout=120 -y "$@" </dev/null >"$apt_log" 2>&1; then
    return
  fi
  say "error: $what failed; the last lines of apt-get:"
  tail -n 20 "$apt_log" >&2
  say "look at the lines above and run by hand, as root:  apt-get $*"
  return 1
}

# A source that does not answer is no failure to apt-get as long as an older
# list of it is there; what it says explains a package that is not found.
update_lists() {
  apt_get "$1" update || return
  grep -E '^(W|E|Err)[: ]' "$apt_log" | head -n 5 >&2 || true
}

# The newest version of Catch2 that the package sources offer, if it is 3.
offered_catch2() {
  local version
  version=$(apt-cache madison catch2 | awk -F'|' '{gsub(/ /, "", $2); print $2}' |
    sort --version-sort | tail -n 1)
  if is_at_least "$version" 3; then printf '%s\n' "$version"; fi
}

# Prints the first deb822 stanza of the files that names the suite, rewritten
# to its backports. Keys, options and addresses stay as they are.
derive_stanza() {
  local suite=$1
  shift
  awk -v suite="$suite" '
    function flush(   i) {
      if (is_deb && has_suite && has_main && !disabled) {
        print "Types: deb"
        for (i = 1; i <= kept; i++) print lines[i]
        print "Suites: " suite "-backports"
        print "Components: main"
        done = 1
        exit
      }
      kept = is_deb = has_suite = has_main = disabled = 0
      field = ""
    }
    function has(word,   i) {
      for (i = 1; i <= NF; i++) if ($i == word) return 1
      return 0
    }
    FNR == 1 { flush() }
    /^#/ { next }
    /^[ \t]*$/ { flush(); next }
    /^[^ \t]/ { field = tolower($1); sub(/:.*/, "", field) }
    field == "types" { if (has("deb")) is_deb = 1; next }
    field == "suites" { if (has(suite)) has_suite = 1; next }
    field == "components" { if (has("main")) has_main = 1; next }
    field == "enabled" { if (tolower($2) == "no") disabled = 1; next }
    { lines[++kept] = $0 }
    END { if (!done) flush() }
  ' "$@"
}

# The same for one-line entries: deb [options] address suite components…
derive_line() {
  local suite=$1
  shift
  awk -v suite="$suite" '
    $1 != "deb" { next }
    {
      rest = $0
      sub(/#.*/, "", rest)
      sub(/^[ \t]*deb[ \t]+/, "", rest)
      options = ""
      if (match(rest, /^\[[^]]*\][ \t]*/)) {
        options = substr(rest, 1, RLENGTH)
        sub(/[ \t]*$/, " ", options)
        rest = substr(rest, RLENGTH + 1)
      }
      count = split(rest, word, /[ \t]+/)
      if (word[2] != suite || word[1] ~ /^cdrom:/) next
      for (i = 3; i <= count; i++) if (word[i] == "main") {
        print "deb " options word[1] " " suite "-backports main"
        exit
      }
    }
  ' "$@"
}

# Debian 12 has Catch2 3 in its backports only. They come from where the
# system's own packages come from, so that a local mirror stays in use.
add_backports() {
  local suite=$1 folder=/etc/apt/sources.list.d entry file
  local -a stanzas=() lists=()
  shopt -s nullglob
  stanzas=("$folder"/*.sources)
  lists=("$folder"/*.list)
  shopt -u nullglob
  [ ! -e /etc/apt/sources.list ] || lists=(/etc/apt/sources.list "${lists[@]}")
  entry=
  file=$folder/sluice-backports.sources
  [ ${#stanzas[@]} -eq 0 ] || entry=$(derive_stanza "$suite" "${stanzas[@]}")
  if [ -z "$entry" ]; then
    file=$folder/sluice-backports.list
    [ ${#lists[@]} -eq 0 ] || entry=$(derive_line "$suite" "${lists[@]}")
  fi
  [ -n "$entry" ] || fail \
    "no package source of $suite to derive $suite-backports from" \
    "Sluice's tests need Catch2 3, which Debian 12 has in its backports." \
    "Add $suite-backports to your package sources and run this again."
  say "adding $suite-backports (for Catch2 3) in $file"
  printf '%s\n' "$entry" | as_root install -m 644 /dev/stdin "$file"
  # A source that cannot be read would spoil every later apt-get update.
  if ! update_lists 'reading the backports' || [ -z "$(offered_catch2)" ]; then
    as_root rm -f "$file"
    fail "$suite-backports offers no Catch2 3; took $file away again" \
      "Add a source of $suite-backports by hand and run this again."
  fi
}

os_release() {
  sed -n "s/^$1=//p" /etc/os-release 2>/dev/null | tr -d '"' || true
}

# Prints how apt-get shall be asked for Catch2.
choose_catch2() {
  local id codename version
  version=$(offered_catch2)
  if [ -z "$version" ]; then
    id=$(os_release ID)
    codename=$(os_release VERSION_CODENAME)
    if [ "$id" != debian ] || [ -z "$codename" ]; then
      fail 'the package sources offer no Catch2 3' \
        'Sluice is made for Debian 12, Debian 13 and Ubuntu 24.04.'
    fi
    add_backports "$codename"
    version=$(offered_catch2)
  fi
  printf 'catch2=%s\n' "$version"
}

check_rights() {
  local script
  [ "$(id -u)" -ne 0 ] || return 0
  script=$(realpath -- "${BASH_SOURCE[0]}")
  command -v sudo >/dev/null || fail \
    'installing packages needs root, and there is no sudo' \
    "Run as root:  $(printf '%q' "$script") $1"
  sudo -n true 2>/dev/null || [ -t 2 ] || fail \
    'installing packages needs root, and sudo asks for a password' \
    "Run in a terminal:  sudo $(printf '%q' "$script") $1"
}

# Debian starts a server that it installs. This one is wanted as a program for
# Sluice to run, not as a service that holds the port before Sluice gets it.
stop_packaged_server() {
  [ -d /run/systemd/system ] || return 0
  as_root systemctl disable --now --quiet nats-server.service >/dev/null 2>&1 ||
    say 'the service nats-server could not be disabled; it may hold port 4222'
}

install_missing() {
  local set_name=$1
  shift
  local -a wanted=()
  local package had_server=yes
  is_present nats-server || had_server=
  check_rights "$set_name"
  apt_log=$(mktemp)
  say "installing $*"
  update_lists 'reading the package lists' || exit 1
  for package in "$@"; do
    if [ "$package" = catch2 ]; then
      package=$(choose_catch2)
    fi
    wanted+=("$package")
  done
  apt_get 'installing' install --no-install-recommends "${wanted[@]}" || exit 1
  [ -n "$had_server" ] || stop_packaged_server
}

check_node_version() {
  local node
  node=$(node --version 2>/dev/null || true)
  is_at_least "${node#v}" 18 || fail \
    "node is ${node:-not there}; the tests of clients/node need 18 or newer"
}

check_versions() {
  local compiler cmake
  compiler=$(g++ -dumpfullversion 2>/dev/null || true)
  is_at_least "$compiler" 12 || fail \
    "g++ is ${compiler:-not there}; Sluice needs 12 or newer"
  cmake=$(cmake --version 2>/dev/null | awk 'NR == 1 {print $3}')
  is_at_least "$cmake" 3.25 || fail \
    "cmake is ${cmake:-not there}; Sluice needs 3.25 or newer"
}

main() {
  local set_name=${1:-build} package
  local -a packages=() missing=()
  case $set_name in
    build) packages=("${build_packages[@]}") ;;
    test) packages=("${build_packages[@]}" "${test_packages[@]}") ;;
    -h | --help)
      usage
      exit 0
      ;;
    *)
      usage >&2
      exit 2
      ;;
  esac
  command -v apt-get >/dev/null || fail \
    'this is no Debian or Ubuntu: there is no apt-get' \
    "Install what your system calls these: ${packages[*]}"
  [ "$set_name" != test ] || check_npm
  for package in "${packages[@]}"; do
    is_present "$package" || missing+=("$package")
  done
  if [ ${#missing[@]} -gt 0 ]; then
    install_missing "$set_name" "${missing[@]}"
  fi
  check_versions
  [ "$set_name" != test ] || check_node_version
}

main "$@"
