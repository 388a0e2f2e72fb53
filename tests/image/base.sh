#!/usr/bin/env bash
# Makes the image that the Dockerfile begins with, for tests on a machine that cannot pull one: Debian 12
# from this machine's own package sources, without what debian:bookworm-slim leaves out either.
#
#   tests/image/base.sh localhost/matinee-test-base
set -euo pipefail

tag=$1
sources=/etc/apt/sources.list.d/debian.sources
# A machine behind a proxy that opens TLS trusts it by these; npm in the image's build must too.
authorities=/usr/local/share/ca-certificates

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
options=()
for path in doc groff info linda lintian locale man; do
  options+=("--dpkgopt=path-exclude=/usr/share/$path/*")
done
if compgen -G "$authorities/*.crt" >/dev/null; then
  options+=("--customize-hook=mkdir -p \"\$1$authorities\""
    "--customize-hook=cp $authorities/*.crt \"\$1$authorities/\"")
fi
# With /usr merged from the start, the package that merges it, and the Perl that it needs, stay out.
mmdebstrap --quiet --variant=minbase --include=usr-is-merged \
  --hook-directory=/usr/share/mmdebstrap/hooks/merged-usr "${options[@]}" bookworm "$work/base.tar" "$sources"
podman import --quiet --change CMD=/bin/bash "$work/base.tar" "$tag" >/dev/null
echo "$tag is ready"
