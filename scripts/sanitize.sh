#!/usr/bin/env bash
# Unit tests under a sanitizer: `sanitize.sh asan` (address and undefined behaviour) over all of them,
# `sanitize.sh tsan` (threads) over the packages that have threads.
set -euo pipefail
cd "$(dirname "$0")/.."
preset=${1:-asan}

cmake --preset "$preset" --log-level=WARNING
cmake --build --preset "$preset" --parallel "$(nproc)" --target unit_tests
# A report ends the program with 66 rather than 1, so that no test with one runs again (timing.sh).
export ASAN_OPTIONS=exitcode=66 UBSAN_OPTIONS=exitcode=66
export TSAN_OPTIONS="exitcode=66 suppressions=$PWD/tests/tsan.suppressions second_deadlock_stack=1"
export RERUNS=$PWD/build/reruns/$preset.txt
rm -f "$RERUNS"
packages='.'
[ "$preset" = tsan ] && packages='^(base|telemetry|coord|process|sql|storage|jobs|media|capture|edge|edge_nginx|http|live|redis)(\.|$)'
scripts/unit-tests.sh "build/$preset" --tests-regex "$packages"
scripts/reruns.sh "$RERUNS"
