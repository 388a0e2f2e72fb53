#!/usr/bin/env bash
# Unit tests under sanitizers: asan+ubsan over all, tsan over what has threads.
set -euo pipefail
cd "$(dirname "$0")/.."
jobs=$(nproc)

cmake --preset asan --log-level=WARNING
cmake --build --preset asan --parallel "$jobs" --target unit_tests
ctest --test-dir build/asan --output-on-failure --parallel "$jobs"

cmake --preset tsan --log-level=WARNING
cmake --build --preset tsan --parallel "$jobs" --target unit_tests
TSAN_OPTIONS="suppressions=$PWD/tests/tsan.suppressions second_deadlock_stack=1" \
  ctest --test-dir build/tsan --output-on-failure --parallel "$jobs" \
  --tests-regex '^(base|coord|process|sql|media|capture|http)\.'
