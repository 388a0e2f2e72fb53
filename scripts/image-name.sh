#!/usr/bin/env bash
# Prints the name that `make image` gives to the image of this tree: localhost/matinee:TAG. The tag names the commit, so that a cluster
# sees that another one is another image. Of a tree with changes it names these too.
set -euo pipefail
cd "$(dirname "$0")/.."
if tag=$(git describe --tags --always --dirty 2>/dev/null); then
  case $tag in
    *-dirty) tag=$tag-$(git diff HEAD | git hash-object --stdin | cut -c1-8) ;;
  esac
else
  # Not a clone: an archive of a release.
  tag=$(sed -n 's/^project(matinee VERSION \([0-9.]*\).*/\1/p' CMakeLists.txt)
fi
echo "localhost/matinee:$tag"
