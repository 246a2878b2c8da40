#!/usr/bin/env bash
# Installs what building, running and testing need from the distribution's packages: Debian 12, Debian 13, Ubuntu 24.04.
# Does nothing, and needs no network, when all of it is there.
set -euo pipefail

usage() {
  cat <<'END'
usage: packaging/install-dependencies.sh [--missing] [preset ...]

Installs missing packages by apt, as root or by sudo. Preset names add what only they need
(tidy: clang-19, clang-tidy-19; coverage: gcovr).

  --missing   only print the missing packages, one a line
END
}

only_print=
packages=(
  build-essential cmake ninja-build ccache curl python3
  libyaml-cpp-dev nlohmann-json3-dev libspdlog-dev libsqlite3-dev
  libcli11-dev libvalijson-dev libexpected-dev catch2
  libcurl4-openssl-dev libssl-dev openssl python3-aiosmtpd
)
for argument in "$@"; do
  case "$argument" in
    -h | --help) usage; exit 0 ;;
    --missing) only_print=yes ;;
    tidy) packages+=(clang-19 clang-tidy-19) ;;
    coverage) packages+=(gcovr) ;;
    dev | release | asan | tsan) ;;
    *) echo "install-dependencies.sh: wanted --missing or a preset name, found '$argument'" >&2; usage >&2; exit 2 ;;
  esac
done

command -v apt-get >/dev/null || {
  echo "install-dependencies.sh: wanted a system with apt (Debian 12 or 13, Ubuntu 24.04), found none." >&2
  echo "Install the equivalents of: ${packages[*]} libboost-dev (1.81 or later)" >&2
  exit 1
}

installed() { [ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" = installed ]; }

# The oldest Boost that will do is 1.81: Debian 12 has it beside its default, the others have a later default.
has_boost() {
  local version
  version=$(sed -n 's/^#define BOOST_VERSION \([0-9]*\).*/\1/p' /usr/include/boost/version.hpp 2>/dev/null)
  [ "${version:-0}" -ge 108100 ]
}
boost_package() {
  local default
  default=$(apt-cache policy libboost-dev 2>/dev/null | sed -n 's/^ *Candidate: *//p')
  if [ -n "$default" ] && dpkg --compare-versions "$default" ge 1.81; then echo libboost-dev; else echo libboost1.81-dev; fi
}

missing=()
for package in "${packages[@]}"; do installed "$package" || missing+=("$package"); done
if [ ${#missing[@]} -eq 0 ] && has_boost; then exit 0; fi

as_root=()
if [ "$(id -u)" -ne 0 ]; then
  command -v sudo >/dev/null || {
    echo "install-dependencies.sh: wanted root or sudo to install ${missing[*]}, found neither" >&2
    exit 1
  }
  as_root=(sudo)
fi

log=$(mktemp)
trap 'rm -f "$log"' EXIT
apt() {
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -qq -o Dpkg::Use-Pty=0 "$@" >"$log" 2>&1 || {
    cat "$log" >&2
    echo "install-dependencies.sh: apt-get $1 failed, see above" >&2
    return 1
  }
}

if [ -z "$only_print" ]; then
  echo "-- reading the package lists"
  apt update
fi
has_boost || missing+=("$(boost_package)")
if [ -n "$only_print" ]; then
  printf '%s\n' "${missing[@]}"
  exit 0
fi
echo "-- installing ${missing[*]}"
apt install -y --no-install-recommends "${missing[@]}"
