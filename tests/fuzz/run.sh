#!/usr/bin/env bash
# Runs every fuzz target of a build folder for some seconds: run.sh BUILD_FOLDER [SECONDS].
# Fails if one crashes, hangs or breaks what must hold; the input that did it is left beside the
# target, to be put into corpus/ with the repair.
set -euo pipefail
build=$(cd "${1:?the folder with the fuzz targets}" && pwd)
seconds=${2:-20}
here=$(cd "$(dirname "$0")" && pwd)

# No input of these parsers takes anywhere near this long or this much.
limits=(-timeout=10 -rss_limit_mb=2048 -max_len=8192)

# fuzz TARGET: prints one line, or what went wrong.
fuzz() {
  local target=$1 what=${1#fuzz_} dictionary=()
  if [ -f "$here/dictionaries/$what.dict" ]; then dictionary=(-dict="$here/dictionaries/$what.dict"); fi
  # What is found goes into a separate folder: the one in the tree stays small and hand-picked.
  local found=$build/found/$what
  mkdir -p "$found"
  # Addresses of leaks and stacks read better than numbers; a crash must fail the run.
  if (cd "$build" && ASAN_OPTIONS=detect_leaks=1 "./$target" "${limits[@]}" "${dictionary[@]}" \
        -max_total_time="$seconds" -print_final_stats=1 -artifact_prefix="$build/crash_${what}_" \
        "$found" "$here/corpus/$what" >"$build/$target.log" 2>&1); then
    echo "$what: $(grep -oP 'number_of_executed_units: \K.*' "$build/$target.log") inputs, no fault"
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
