#!/usr/bin/env bash
# Builds the image for tests, on a base that is made here if there is none: nothing is pulled.
#
#   tests/image/build.sh localhost/matinee:test
set -euo pipefail
cd "$(dirname "$0")/../.."
export CONTAINERS_CONF=${CONTAINERS_CONF:-$PWD/tests/image/containers.conf}

base=docker.io/library/debian:bookworm-slim
if ! podman image exists "$base"; then
  base=localhost/matinee-test-base
  if ! podman image exists "$base"; then
    echo "Making $base, which takes a minute"
    tests/image/base.sh "$base"
  fi
fi
IMAGE=$1 BASE=$base BUILDER=podman scripts/image.sh
