#!/usr/bin/env bash
# Packages the chart for a registry, as build/charts/matinee-VERSION.tgz: its default image, and its links to this repository, are
# those of the one who publishes it.
#
#   scripts/release-chart.sh ghcr.io/owner/matinee https://github.com/owner/matinee 1.2.3
set -euo pipefail
cd "$(dirname "$0")/.."
[ $# = 3 ] || { echo "release-chart: name the image, the repository and the version" >&2; exit 1; }
image=$1 repository=$2 version=$3
work=build/charts
rm -rf "$work"
mkdir -p "$work"
cp -r charts/matinee "$work/matinee"
sed -i "s|^  repository: localhost/matinee$|  repository: $image|" "$work/matinee/values.yaml"
grep -q "^  repository: $image$" "$work/matinee/values.yaml"
# Runbooks and links. templates/_monitoring.tpl says where the runbooks are in the files.
grep -rlZ 'https://github.com/matinee-media/matinee' "$work/matinee" | xargs -0 sed -i "s|https://github.com/matinee-media/matinee|$repository|g"
"${HELM:-helm}" package "$work/matinee" --destination "$work" --version "$version" --app-version "$version"
