#!/usr/bin/env bash
# Installs what is missing, builds, and runs every test.
set -euo pipefail
cd "$(dirname "$0")/.."

usage() {
  cat <<'END'
usage: packaging/test.sh [preset ...]

Installs what is missing (as root, or by sudo), builds and runs every test under each preset; without one, under release.

  release    what is shipped and measured        dev        debug build for daily work
  asan       AddressSanitizer and UBSan          tsan       ThreadSanitizer
  coverage   line coverage (gcovr)               tidy       clang-tidy beside the build; runs no tests
END
}

presets=("$@")
[ $# -gt 0 ] || presets=(release)
for preset in "${presets[@]}"; do
  case "$preset" in
    -h | --help) usage; exit 0 ;;
    release | dev | asan | tsan | coverage | tidy) ;;
    *) echo "test.sh: wanted a preset, found '$preset'" >&2; usage >&2; exit 2 ;;
  esac
done

packaging/install-dependencies.sh "${presets[@]}"

for preset in "${presets[@]}"; do
  SECONDS=0
  packaging/build.sh "$preset"
  built=$SECONDS
  if [ "$preset" = tidy ]; then
    echo "-- tidy: clean after $built s"
    continue
  fi
  echo "-- $preset: testing (built in $built s)"
  ctest --preset "$preset"
  [ "$preset" != coverage ] || gcovr --root . --filter host/ --filter sdk/ --gcov-ignore-parse-errors --print-summary build/coverage | tail -n 4
  echo "-- $preset: passed, $SECONDS s in all"
done
