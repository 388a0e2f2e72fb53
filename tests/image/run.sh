#!/usr/bin/env bash
# `make test-image`: builds the image from the Dockerfile, and tests it in containers. Exits with 77 if containers cannot run here;
# that is decided before the image is touched, so an image that cannot start is a failure.
#
#   IMAGE=name:tag   tests this one, and builds none
set -euo pipefail
cd "$(dirname "$0")/../.."

skip() {
  printf '\n*** THE IMAGE IS NOT TESTED: %s ***\n\n' "$1" >&2
  exit 77
}

command -v podman >/dev/null || skip "podman is not installed"
[ "$(id -u)" = 0 ] || skip "the tests look into containers from outside, which needs root"
export CONTAINERS_CONF=${CONTAINERS_CONF:-$PWD/tests/image/containers.conf}
podman info >/dev/null 2>&1 || skip "podman does not work here: $(podman info 2>&1 | tail -1)"
base=$(tests/image/base.sh)
podman run --rm --network=none "$base" true || skip "containers cannot be started here"

if [ -z "${IMAGE:-}" ]; then
  export IMAGE=localhost/matinee:test
  tests/image/build.sh "$IMAGE"
fi
podman run --rm --network=none "$IMAGE" --version

export RERUNS=$PWD/build/reruns/image.txt
rm -f "$RERUNS"
scripts/node-tests.sh tests/image/*.test.mjs
scripts/reruns.sh "$RERUNS"
