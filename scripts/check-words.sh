#!/usr/bin/env bash
# Words that docs/glossary.md bans, in prose and in identifiers. --summary counts them by word and by folder.
exec node "$(dirname "$0")/check-words.mjs" "$@"
