#!/usr/bin/env bash
# Gives the image that `make image` has built to a Kubernetes on this machine, which then needs no registry.
#
#   TO=k3s|microk8s|kind|docker   the cluster (docker: Docker Desktop, or minikube with its Docker)
#   IMAGE=name:tag                another image than that of this tree
#   CLUSTER=name                  which cluster of kind (kind)
#
# On each other node: `podman save --format docker-archive IMAGE | ssh NODE sudo k3s ctr images import -`.
set -euo pipefail
cd "$(dirname "$0")/.."
image=${IMAGE:-$(scripts/image-name.sh)}

fail() { echo "image-load: $*" >&2; exit 1; }

# Writes the image as an archive of Docker's format, from the program that has it.
save() {
  if podman image exists "$image" 2>/dev/null; then
    podman save --quiet --format docker-archive "$image"
  elif docker image inspect "$image" >/dev/null 2>&1; then
    docker save "$image"
  elif buildah inspect --type image "$image" >/dev/null 2>&1; then
    local folder
    folder=$(mktemp -d)
    buildah push --quiet "$image" "docker-archive:$folder/image.tar:$image" >&2
    cat "$folder/image.tar"
    rm -r "$folder"
  else
    fail "there is no image $image: make image"
  fi
}

as_root() { if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi; }

needs() { command -v "$1" >/dev/null || fail "TO=$TO: there is no program $1 here"; }

case ${TO:-} in
  k3s) needs k3s && save | as_root k3s ctr images import - ;;
  microk8s) needs microk8s && save | as_root microk8s ctr image import - ;;
  kind)
    needs kind
    archive=$(mktemp --suffix=.tar)
    trap 'rm -f "$archive"' EXIT
    save >"$archive"
    kind load image-archive "$archive" --name "${CLUSTER:-kind}"
    ;;
  docker) needs docker && save | docker load ;;
  *) fail "name the cluster: make image-load TO=k3s, or microk8s, kind, docker" ;;
esac
echo "$image is in $TO; install it with --set image.tag=${image##*:}"
