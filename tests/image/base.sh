#!/usr/bin/env bash
# The image that the Dockerfile begins with: prints its name. Debian's own if it is here; else one that is made, since tests pull
# nothing: Debian 12 from this machine's own package sources, without what debian:bookworm-slim leaves out either.
set -euo pipefail

official=docker.io/library/debian:bookworm-slim
made=localhost/matinee-test-base
for there in "$official" "$made"; do
  if podman image exists "$there"; then
    echo "$there"
    exit 0
  fi
done

echo "Making $made, which takes a minute" >&2
sources=/etc/apt/sources.list.d/debian.sources
[ -f "$sources" ] || sources=http://deb.debian.org/debian
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
podman import --quiet --change CMD=/bin/bash "$work/base.tar" "$made" >/dev/null
echo "$made"
