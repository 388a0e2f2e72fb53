#!/usr/bin/env bash
# Prints how many tests ran again because processor time was stolen, and which (timing.sh). With --max N it fails if there are more.
#
#   reruns.sh [--max N] [FILE...]     build/reruns/*.txt
set -euo pipefail
cd "$(dirname "$0")/.."
max=
if [ "${1:-}" = --max ]; then max=$2 && shift 2; fi
shopt -s nullglob
files=("$@")
if [ $# -eq 0 ]; then files=(build/reruns/*.txt); fi
lines=$(cat /dev/null "${files[@]}" 2>/dev/null || true)
count=$(grep -c . <<<"$lines" || true)
echo "Reruns of timing tests: $count"
if [ "$count" != 0 ]; then echo "$lines"; fi
if [ -n "$max" ] && ((count > max)); then
  echo "More than $max: a test that needs this often is redesigned, not retried." >&2
  exit 1
fi
