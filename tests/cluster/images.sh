#!/usr/bin/env bash
# The images that the tests on a cluster need, in one archive whose path it prints: Matinee as `make image` builds it, under two tags
# (an upgrade goes from one to the other), and the databases that no registry gives to the tests. Made again only if one has changed.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
cache=${XDG_CACHE_HOME:-$HOME/.cache}/matinee/images
export CONTAINERS_CONF=$PWD/tests/image/containers.conf

# MATINEE_IMAGE is one that is there already, instead of one built from this tree.
base=$(tests/image/base.sh)
if [ -n "${MATINEE_IMAGE:-}" ]; then
  podman tag "$MATINEE_IMAGE" localhost/matinee:cluster-test
else
  nice tests/image/build.sh localhost/matinee:cluster-test >&2
fi
podman tag localhost/matinee:cluster-test localhost/matinee:cluster-test-next
for name in postgres redis; do
  nice podman build --quiet --pull=never --format docker --build-arg BASE="$base" --tag "localhost/matinee-test-$name" \
    "tests/cluster/fixtures/$name" >/dev/null
done

images=(localhost/matinee:cluster-test localhost/matinee:cluster-test-next localhost/matinee-test-postgres localhost/matinee-test-redis)
key=$(podman image inspect --format '{{.Id}}' "${images[@]}" | sha256sum | cut -c1-16)
archive=$cache/$key.tar
if [ ! -f "$archive" ]; then
  # Only the newest is of use.
  rm -rf "$cache"
  mkdir -p "$cache"
  podman save --quiet --multi-image-archive --format docker-archive --output "$archive.new" "${images[@]}"
  mv "$archive.new" "$archive"
fi
echo "$archive"
