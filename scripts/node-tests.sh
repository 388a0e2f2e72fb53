#!/usr/bin/env bash
# The tests in Node: the program as a whole, over HTTP and in a browser (MATINEE_BIN names it), and what is installed beside it:
# dashboards, alerts, chart and manifests.
#
#   node-tests.sh [FILE...]     all, if none is named
#   JOBS=2                      how many files run at once: they mostly wait
set -euo pipefail
cd "$(dirname "$0")/.."
files=("$@")
# The longest ones first.
if [ $# -eq 0 ]; then files=(tests/{web,soak,blackbox,unit/scripts,dashboards,chart,manifests}/*.test.mjs); fi
output=$(mktemp -d)
trap 'rm -rf "$output"' EXIT

# Prints a file's output at its end, so that those of two are not mixed.
test_file() {
  local file=$1 launcher=() code=0 log
  case $file in
    # Real servers or a real browser.
    tests/{blackbox,soak,web,image}/* | tests/dashboards/live.test.mjs) launcher=(scripts/timing.sh) ;;
  esac
  log=$output/${file//\//-}
  "${launcher[@]}" node --test "$file" >"$log" 2>&1 || code=$?
  echo "== $file" | cat - "$log"
  return "$code"
}

failed=0
for file in "${files[@]}"; do
  while (($(jobs -pr | wc -l) >= ${JOBS:-2})); do wait -n || failed=1; done
  test_file "$file" &
done
while [ -n "$(jobs -p)" ]; do wait -n || failed=1; done
exit "$failed"
