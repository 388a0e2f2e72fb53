#!/usr/bin/env bash
# `make test-cluster`: Matinee's image and chart on a real Kubernetes of two nodes, started for this and taken away afterwards.
# CLUSTER_KEEP=1 leaves it up, to look around with `tests/cluster/kubernetes.sh exec kubectl get pods`.
# CLUSTER_TESTS names the test files, if not all. Exits with 77 if such a cluster cannot run here.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
kubernetes=tests/cluster/kubernetes.sh
cache=${XDG_CACHE_HOME:-$HOME/.cache}/matinee
logs=build/cluster-logs

if ! why=$($kubernetes check 2>&1); then
  line=$(printf '!%.0s' {1..100})
  printf '%s\n!! THE TESTS ON A CLUSTER CANNOT RUN HERE: NOTHING WAS TESTED.\n!! %s\n%s\n' "$line" "$why" "$line" >&2
  exit 77
fi

# There is room for one cluster.
mkdir -p "$cache"
exec 8>"$cache/cluster.lock"
flock --nonblock 8 || { echo "Waiting for another run of these tests to end"; flock 8; }

finish() {
  code=$?
  if [ "$code" != 0 ]; then
    rm -rf "$logs"
    cp -r "$cache/cluster/log" "$logs" 2>/dev/null || true
    $kubernetes exec "${KUBECTL:-kubectl}" cluster-info dump --namespaces home --output-directory "$logs/home" >/dev/null 2>&1 || true
    echo "The logs of the cluster and of Matinee's pods are in $logs"
  fi
  if [ "${CLUSTER_KEEP:-0}" = 1 ]; then
    echo "The cluster stays up; $kubernetes down takes it away"
  else
    $kubernetes down
  fi
  exit "$code"
}
trap finish EXIT
trap 'exit 130' INT TERM

eval "$(tests/chart/tools.sh)"
IMAGES=$(tests/cluster/images.sh)
export IMAGES HELM3 HELM4 KUBECTL
export RERUNS=$PWD/build/reruns/cluster.txt
rm -f "$RERUNS"
read -ra tests <<<"${CLUSTER_TESTS:-$(echo tests/cluster/*.test.mjs)}"
# Whatever is started from here on must not hold the lock when this has ended.
for file in "${tests[@]}"; do scripts/timing.sh tests/cluster/run_file.sh "$file" 8>&-; done
scripts/reruns.sh "$RERUNS"
