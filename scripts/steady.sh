#!/usr/bin/env bash
# Runs a test command. If it fails while the host took the processors away ("steal" in /proc/stat: a virtual machine with busy
# neighbours), the failure proves nothing, for leases, heartbeats and timeouts go by the clock: it is run anew, up to twice, and
# says so. Where nothing is stolen, as on a machine of one's own, the first failure counts.
#
#   steady.sh COMMAND...      ATTEMPT (1, 2, 3) tells the command which run this is
set -uo pipefail
trap 'exit 130' INT TERM
attempts=3
tolerated=$(getconf CLK_TCK) # One second.

stolen() { awk '$1 == "cpu" { print $9 }' "${PROC_STAT:-/proc/stat}"; }

for ((ATTEMPT = 1; ; ATTEMPT++)); do
  export ATTEMPT
  before=$(stolen)
  "$@"
  code=$?
  ticks=$(($(stolen) - before))
  if ((code == 0 || code >= 128 || ATTEMPT == attempts || ticks < tolerated)); then exit "$code"; fi
  printf '\n!! This failed while the host took %d s of processor time from this machine. Run anew (%d of %d):\n!! %s\n\n' \
    $((ticks / tolerated)) $((ATTEMPT + 1)) "$attempts" "$*"
done
