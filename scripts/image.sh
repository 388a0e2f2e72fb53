#!/usr/bin/env bash
# Builds the container image from the Dockerfile, with podman, buildah or docker: the first that is there.
#
#   IMAGE=name:tag      what the image is called (localhost/matinee:COMMIT, see scripts/image-name.sh, and localhost/matinee:VERSION too)
#   BASE=image          what it begins with (docker.io/library/debian:bookworm-slim)
#   BUILDER=program     podman, buildah or docker, if another than the first is wanted
set -euo pipefail
cd "$(dirname "$0")/.."

usable() {
  command -v "$1" >/dev/null || return 1
  # Docker's client is of no use without its daemon.
  [ "$1" != docker ] || docker info >/dev/null 2>&1
}

builder=${BUILDER:-}
if [ -z "$builder" ]; then
  for candidate in podman buildah docker; do
    if usable "$candidate"; then builder=$candidate && break; fi
  done
elif ! usable "$builder"; then
  echo "BUILDER=$builder: there is no such program here, or its daemon does not run." >&2
  exit 1
fi
if [ -z "$builder" ]; then
  echo "An image is built by podman, buildah or docker, and none of them is here (or Docker's daemon does not run)." >&2
  echo "On Debian: apt install podman" >&2
  exit 1
fi

version=$(sed -n 's/^project(matinee VERSION \([0-9.]*\).*/\1/p' CMakeLists.txt)
image=${IMAGE:-$(scripts/image-name.sh)}
arguments=(
  --build-arg "VERSION=$version"
  --build-arg "REVISION=$(git describe --always --dirty 2>/dev/null || echo unknown)"
  --build-arg "CREATED=$(git log -1 --format=%cI 2>/dev/null || date -u +%FT%TZ)"
  --tag "$image"
)
if [ -n "${BASE:-}" ]; then arguments+=(--build-arg "BASE=$BASE"); fi
if [ "$builder" != docker ]; then
  # OCI's own format has no health check; buildah caches layers only with an option.
  arguments+=(--format docker --layers)
  # What was compiled on this machine need not be compiled again.
  if command -v ccache >/dev/null; then
    cache=$(ccache --get-config cache_dir)
    mkdir -p "$cache"
    arguments+=(--volume "$cache:/root/.cache/ccache:z")
  fi
fi

echo "Building $image with $builder"
"$builder" build "${arguments[@]}" .
# compose.yaml and k8s/ name the version; a cluster needs a name that a new commit changes.
if [ -z "${IMAGE:-}" ]; then "$builder" tag "$image" "${image%:*}:$version"; fi
cat <<END
$image is ready

To give it to a cluster on this machine:
  make image-load TO=k3s          (or microk8s, kind, docker)
To install it there, or to replace the pods of an older one:
  helm install matinee charts/matinee --namespace matinee --create-namespace --set image.tag=${image##*:} …
  helm upgrade matinee charts/matinee --namespace matinee --reset-then-reuse-values --set image.tag=${image##*:}
END
