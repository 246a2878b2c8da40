#!/usr/bin/env bash
# Installs what building and testing need from the distribution's packages (Debian 12 and 13, Ubuntu 24.04); does nothing
# when all of it is there. As root, or with sudo.
set -euo pipefail

packages=(
  build-essential cmake ninja-build ccache git curl
  libyaml-cpp-dev nlohmann-json3-dev libspdlog-dev libsqlite3-dev sqlite3
  libcli11-dev libvalijson-dev libexpected-dev catch2 python3-minimal
)

# The oldest Boost that will do is 1.81; the distribution's default is taken when it is new enough.
boost=$(apt-cache policy libboost-dev 2>/dev/null | sed -n 's/.*Candidate: *\([0-9.]*\).*/\1/p' | cut -d. -f1,2)
if [ -n "$boost" ] && dpkg --compare-versions "$boost" ge 1.81; then
  packages+=(libboost-dev)
else
  packages+=(libboost1.81-dev)
fi

missing=()
for package in "${packages[@]}"; do
  dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null | grep -qx installed || missing+=("$package")
done
[ ${#missing[@]} -eq 0 ] && exit 0

as_root=()
[ "$(id -u)" -eq 0 ] || as_root=(sudo)
echo "installing: ${missing[*]}"
"${as_root[@]}" apt-get update -qq
"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
