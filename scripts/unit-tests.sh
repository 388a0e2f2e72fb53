#!/usr/bin/env bash
# Runs the tests that `ctest` knows of a build folder, each once: those with the label `timing` start through timing.sh, which may
# run them again. With CI=true a test that skipped itself is a failure, unless ALLOW_SKIP names it.
#
#   unit-tests.sh build/dev [ctest's options...]
set -euo pipefail
cd "$(dirname "$0")/.."
folder=$1
shift
ctest --test-dir "$folder" --output-on-failure --parallel "${JOBS:-$(nproc)}" "$@"

[ "${CI:-}" = true ] || exit 0
# "[  SKIPPED ] Suite.Test (0 ms)" in GoogleTest's output.
skipped=0
while read -r name; do
  if [[ ,${ALLOW_SKIP:-}, == *",$name,"* ]]; then continue; fi
  echo "$name did not run, and ALLOW_SKIP does not name it" >&2
  skipped=1
done < <(sed -n 's/^\[  SKIPPED \] \([^ ]*\) (.*/\1/p' "$folder/Testing/Temporary/LastTest.log")
exit "$skipped"
