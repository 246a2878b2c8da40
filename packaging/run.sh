#!/usr/bin/env bash
# Installs what is missing, builds a release and serves config/backplane.yaml with the sample plugins until Ctrl-C.
set -euo pipefail
cd "$(dirname "$0")/.."

usage() {
  cat <<'END'
usage: packaging/run.sh [--smoke | option of `backplane run` ...]

Installs what is missing (as root, or by sudo), builds a release and serves config/backplane.yaml until Ctrl-C.

  --smoke              instead plays the whole scenario against hosts of its own, on free ports and in temporary folders,
                       through the public API; exit code 1 when anything differs from what is wanted
  --http ADDRESS:PORT  serves there instead of where the manifest says
  --data-dir DIR       keeps the data there instead
END
}

case "${1:-}" in
  -h | --help) usage; exit 0 ;;
esac

packaging/install-dependencies.sh
packaging/build.sh release host/all plugins/all

if [ "${1:-}" = --smoke ]; then
  shift
  exec python3 -B tests/smoke/smoke.py --program build/release/bin/backplane --manifest config/backplane.yaml "$@"
fi

echo "-- serving config/backplane.yaml until Ctrl-C; in another terminal, try:"
echo
sed -n '/^<!-- try -->$/,/^<!-- end of try -->$/p' README.md | grep -v -e '^<!--' -e '^```' | sed 's/^./    &/'
exec build/release/bin/backplane run config/backplane.yaml "$@"
