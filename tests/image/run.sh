#!/usr/bin/env bash
# `make test-image`: builds the image from the Dockerfile, and tests it in containers.
#
#   IMAGE=name:tag   tests this one, and builds none
set -euo pipefail
cd "$(dirname "$0")/../.."

skip() {
  printf '\n*** THE IMAGE IS NOT TESTED: %s ***\n\n' "$1"
  echo "image: 0 passed, 0 failed, 1 skipped"
  exit 0
}

command -v podman >/dev/null || skip "podman is not installed"
[ "$(id -u)" = 0 ] || skip "the tests look into containers from outside, which needs root"
export CONTAINERS_CONF=${CONTAINERS_CONF:-$PWD/tests/image/containers.conf}
podman info >/dev/null 2>&1 || skip "podman does not work here: $(podman info 2>&1 | tail -1)"

if [ -z "${IMAGE:-}" ]; then
  export IMAGE=localhost/matinee:test
  tests/image/build.sh "$IMAGE"
fi
podman run --rm --network=none "$IMAGE" --version >/dev/null ||
  skip "containers cannot be started here"
for file in tests/image/*.test.mjs; do scripts/steady.sh node --test "$file"; done
