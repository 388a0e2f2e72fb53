#!/usr/bin/env bash
# Starts Matinee; with the demo film if no media server is configured.
set -euo pipefail
cd "$(dirname "$0")/.."

configured=no
for name in MATINEE_CONFIG PLEX_URL JELLYFIN_URL EMBY_URL; do
  if [ -n "${!name:-}" ]; then configured=yes; fi
done
if [ "$configured" = yes ]; then exec build/matinee up; fi
cat <<'TEXT'
No media server is configured, so Matinee plays a demo film to itself.
To use your own, stop this (Ctrl+C) and set, for example:
  PLEX_URL=http://nas:32400 PLEX_TOKEN=… make run
  JELLYFIN_URL=http://nas:8096 JELLYFIN_API_KEY=… make run
  EMBY_URL=http://nas:8096 EMBY_API_KEY=… make run
TEXT
exec build/matinee up --demo
