#!/usr/bin/env bash
# Builds the image for tests, on a base that is here: nothing is pulled.
#
#   tests/image/build.sh localhost/matinee:test
set -euo pipefail
cd "$(dirname "$0")/../.."
export CONTAINERS_CONF=${CONTAINERS_CONF:-$PWD/tests/image/containers.conf}

base=$(tests/image/base.sh)
IMAGE=$1 BASE=$base BUILDER=podman scripts/image.sh
