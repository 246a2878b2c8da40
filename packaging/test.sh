#!/usr/bin/env bash
# Installs what is missing, builds and runs every test. With preset names (dev release asan tsan coverage), under
# each of them; without, under release.
set -euo pipefail
cd "$(dirname "$0")/.."

case "${1:-}" in
  -h | --help)
    echo "usage: packaging/test.sh [preset ...]   presets: dev release asan tsan coverage (default: release)"
    exit 0 ;;
esac

packaging/install-dependencies.sh

for preset in "${@:-release}"; do
  echo "== $preset"
  cmake --preset "$preset" >/dev/null
  cmake --build --preset "$preset" -- -k 0
  ctest --preset "$preset"
done
