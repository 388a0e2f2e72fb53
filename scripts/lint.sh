#!/usr/bin/env bash
# Format and common faults. LINT_TIDY=0 leaves out clang-tidy, which takes minutes the first time.
set -euo pipefail
cd "$(dirname "$0")/.."
failed=0
step() { echo "== $1"; shift; "$@" || failed=1; }

mapfile -t cpp < <(git ls-files '*.cc' '*.h')
mapfile -t units < <(git ls-files 'pkg/*.cc' 'cmd/*.cc')
mapfile -t shell < <(git ls-files '*.sh' '.ci/run')

step "format" clang-format --dry-run -Werror "${cpp[@]}"
step "shell scripts" shellcheck "${shell[@]}"
step "banned code and words" scripts/check-banned.sh
step "page" npm --prefix web run --silent check
if [ "${LINT_TIDY:-1}" = 1 ]; then
  cmake --preset dev --log-level=WARNING
  step "clang-tidy" node scripts/tidy.mjs build/dev "${units[@]}"
fi
exit "$failed"
