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

failed=()
shopt -s nullglob
for source in "$here"/fuzz_*.cc; do
  target=$(basename "$source" .cc)
  what=${target#fuzz_}
  dictionary=()
  [[ -f "$here/dictionaries/$what.dict" ]] && dictionary=(-dict="$here/dictionaries/$what.dict")
  # New inputs go into a separate folder: the corpus in the tree stays small.
  found="$build/found/$what"
  mkdir -p "$found"
  # A leak or a crash must fail the run.
  if (cd "$build" && ASAN_OPTIONS=detect_leaks=1 "./$target" "${limits[@]}" "${dictionary[@]}" \
        -max_total_time="$seconds" -print_final_stats=1 -artifact_prefix="$build/crash_${what}_" \
        "$found" "$here/corpus/$what" >"$build/$target.log" 2>&1); then
    echo "$what: $(grep -oP 'number_of_executed_units: \K.*' "$build/$target.log") inputs, no faults"
  else
    failed+=("$what")
    echo "$what: FAILED; the end of $build/$target.log:"
    tail -n 40 "$build/$target.log"
  fi
done

if ((${#failed[@]} > 0)); then
  echo "Fuzzing found faults in: ${failed[*]}"
  exit 1
fi
