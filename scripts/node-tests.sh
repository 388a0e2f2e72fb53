#!/usr/bin/env bash
# The black-box tests: the program as a whole, over HTTP and in a browser. MATINEE_BIN names it.
set -euo pipefail
cd "$(dirname "$0")/.."
shopt -s nullglob
files=(tests/integration/*.test.mjs tests/e2e/*.test.mjs)
# One file after the other: each starts programs of its own, and two cores are soon full.
for file in "${files[@]}"; do
  echo "== $file"
  node --test "$file"
done
