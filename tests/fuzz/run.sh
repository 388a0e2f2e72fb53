#!/usr/bin/env bash
# Runs every fuzz target of a build folder for some seconds: run.sh BUILD_FOLDER [SECONDS].
# Fails if one crashes, hangs or violates an invariant; the failing input is saved in the build folder
# and should be added to corpus/ with the fix.
set -euo pipefail
build=$(cd "${1:?the folder with the fuzz targets}" && pwd)
seconds=${2:-20}
here=$(cd "$(dirname "$0")" && pwd)

# Far more time and memory than these parsers need.
limits=(-timeout=10 -rss_limit_mb=2048 -max_len=8192)

# fuzz TARGET: prints one line, or the errors.
fuzz() {
  local target=$1 what=${1#fuzz_} dictionary=()
  if [ -f "$here/dictionaries/$what.dict" ]; then dictionary=(-dict="$here/dictionaries/$what.dict"); fi
  # New inputs go into a separate folder: the corpus in the tree stays small.
  local found=$build/found/$what
  mkdir -p "$found"
  # A leak or a crash must fail the run.
  if (cd "$build" && ASAN_OPTIONS=detect_leaks=1 "./$target" "${limits[@]}" "${dictionary[@]}" \
        -max_total_time="$seconds" -print_final_stats=1 -artifact_prefix="$build/crash_${what}_" \
        "$found" "$here/corpus/$what" >"$build/$target.log" 2>&1); then
    echo "$what: $(grep -oP 'number_of_executed_units: \K.*' "$build/$target.log") inputs, no faults"
  else
    echo "$what: FAILED; the end of $build/$target.log:"
    tail -n 40 "$build/$target.log"
    return 1
  fi
}

# As many at once as there are processors; each uses one.
failed=0
for source in "$here"/fuzz_*.cc; do
  while (($(jobs -pr | wc -l) >= $(nproc))); do wait -n || failed=1; done
  fuzz "$(basename "$source" .cc)" &
done
while [ -n "$(jobs -p)" ]; do wait -n || failed=1; done
exit "$failed"
