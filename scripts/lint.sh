#!/usr/bin/env bash
# Format and common faults. LINT_TIDY=0 leaves out clang-tidy, which takes minutes the first time.
set -euo pipefail
cd "$(dirname "$0")/.."
failed=0
step() { echo "== $1"; shift; "$@" || failed=1; }

mapfile -t cpp < <(git ls-files '*.cc' '*.h')
mapfile -t shell < <(git ls-files '*.sh' '.ci/run')

step "format" clang-format --dry-run -Werror "${cpp[@]}"
step "shell scripts" shellcheck "${shell[@]}"
step "banned code" scripts/check-banned.sh
step "words (docs/glossary.md)" scripts/check-words.sh
step "contract (api/openapi.yaml)" scripts/lint-contract.mjs
step "types of the page" npm --prefix web run --silent types
if [ "${LINT_TIDY:-1}" = 1 ]; then
  cmake --preset release --log-level=WARNING
  step "clang-tidy" node scripts/tidy.mjs build/release
fi
exit "$failed"
