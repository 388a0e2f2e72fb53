#!/usr/bin/env bash
# Runs what `ctest` knows of a build folder. Anew only what failed, one after the other (steady.sh).
#
#   unit-tests.sh build/dev [ctest's options...]
set -euo pipefail
cd "$(dirname "$0")/.."
folder=$1
shift
if [ "${ATTEMPT:-1}" -gt 1 ]; then
  exec ctest --test-dir "$folder" --output-on-failure --rerun-failed
fi
exec ctest --test-dir "$folder" --output-on-failure --parallel "${JOBS:-$(nproc)}" "$@"
