#!/usr/bin/env bash
# The tests in Node: the program as a whole, over HTTP and in a browser (MATINEE_BIN names it), and what is installed beside it:
# dashboards, alerts, chart and manifests.
#
#   node-tests.sh [FILE...]     all, if none is named
set -euo pipefail
cd "$(dirname "$0")/.."
files=("$@")
if [ $# -eq 0 ]; then files=(tests/{unit/scripts,blackbox,soak,web,dashboards,chart,manifests}/*.test.mjs); fi

# One file after the other: each starts its own programs, and two cores are soon full.
for file in "${files[@]}"; do
  echo "== $file"
  case $file in
    # Real servers or a real browser.
    tests/{blackbox,soak,web,image}/* | tests/dashboards/live.test.mjs) scripts/timing.sh node --test "$file" ;;
    *) node --test "$file" ;;
  esac
done
