#!/usr/bin/env bash
# Runs a test that depends on the machine (a real Redis, PostgreSQL, nginx, Chromium, Kubernetes): leases, heartbeats and timeouts
# go by the clock, and the host of a virtual machine can stop its processors for seconds. A failure counts, unless more than 5 % of
# the processors' time was stolen during that very run ("steal" in /proc/stat). Then the test runs again, beside no other test that
# is started by this script, twice at most. Each rerun is a line in $RERUNS (build/reruns/test.txt); reruns.sh prints them.
#
# Only the exit code 1, a failed assertion, is worth a second run: a crash, a report of a sanitizer and a hang are final.
#
#   timing.sh COMMAND...
set -uo pipefail
trap 'exit 130' INT TERM
tree=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
reruns=${RERUNS:-$tree/build/reruns/test.txt}
runs_max=3
stolen_percent_max=5

# All ticks of all processors since the start, and the stolen ones among them.
ticks() { awk '$1 == "cpu" { for (i = 2; i <= 9; i++) all += $i; print all, $9 }' "${PROC_STAT:-/proc/stat}"; }

mkdir -p "$(dirname "$reruns")"
exec 9>"$reruns.lock"
flock --shared 9
for ((run = 1; ; run++)); do
  read -r all_before stolen_before < <(ticks)
  "$@" 9>&- # Servers that a test leaves behind must not hold the lock.
  code=$?
  read -r all stolen < <(ticks)
  percent=$((100 * (stolen - stolen_before) / (all - all_before + 1)))
  if ((code != 1 || run == runs_max || percent < stolen_percent_max)); then exit "$code"; fi
  printf '\n!! This failed while %d %% of the processor time was stolen. It runs again, alone:\n!! %s\n\n' "$percent" "$*" >&2
  printf '%s (run %d, %d %% stolen)\n' "${*#"$tree/"}" $((run + 1)) "$percent" >>"$reruns"
  flock --exclusive 9
done
