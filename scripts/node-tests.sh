#!/usr/bin/env bash
# The black-box tests: the program as a whole, over HTTP and in a browser (MATINEE_BIN names it), and what is installed beside it:
# dashboards, alerts, chart and manifests.
set -euo pipefail
cd "$(dirname "$0")/.."
shopt -s nullglob
files=(tests/{blackbox,soak,web,dashboards,chart,manifests}/*.test.mjs)
# One file after the other: each starts programs of its own, and two cores are soon full.
# Files that are named as arguments, or all.
if [ $# -gt 0 ]; then files=("$@"); fi
for file in "${files[@]}"; do
  echo "== $file"
  scripts/steady.sh node --test "$file"
done
