#!/usr/bin/env bash
# Configures and builds one preset, quietly: what is under way on a line of its own, compilers heard only when they complain.
# usage: packaging/build.sh PRESET [TARGET ...]
set -euo pipefail
cd "$(dirname "$0")/.."

preset=${1:?usage: packaging/build.sh PRESET [TARGET ...]}
shift
targets=()
[ $# -eq 0 ] || targets=(--target "$@")

# A compiler takes up to 1.5 GB; more of them than that would swap.
memory_kb=$(sed -n 's/^MemTotal: *\([0-9]*\) kB/\1/p' /proc/meminfo)
jobs=$(nproc)
fitting=$((memory_kb / 1500000))
[ "$fitting" -ge "$jobs" ] || jobs=$((fitting > 0 ? fitting : 1))

log=$(mktemp)
trap 'rm -f "$log"' EXIT
echo "-- $preset: configuring"
cmake --preset "$preset" >"$log" 2>&1 || { cat "$log" >&2; exit 1; }

quiet=(--quiet)
[ ! -t 1 ] || quiet=()
echo "-- $preset: building (${CMAKE_BUILD_PARALLEL_LEVEL:-$jobs} jobs)"
cmake --build --preset "$preset" --parallel "${CMAKE_BUILD_PARALLEL_LEVEL:-$jobs}" "${targets[@]}" -- "${quiet[@]}" -k 0
