#!/usr/bin/env bash
# Words that must not stand in our code (docs/architecture.md, "Rules").
set -euo pipefail
cd "$(dirname "$0")/.."
found=0
check() { # why, pattern, paths...
  local why=$1 pattern=$2
  shift 2
  if git grep -nE "$pattern" -- "$@"; then
    echo "^ $why" >&2
    found=1
  fi
}
check "std::regex recurses and crashes on long input" 'std::regex' 'pkg/*' 'cmd/*'
check "never a shell" '\b(popen|std::system)\(' 'pkg/*' 'cmd/*'
check "no detached threads" '\.detach\(\)' 'pkg/*' 'cmd/*'
check "the environment is read in cmd/ alone, and in what nginx loads" '\bgetenv\(' 'pkg/*' ':!pkg/edge/accept_limit/*'
check "Pistache stays in http" '#include <pistache' 'pkg/*' 'cmd/*' ':!pkg/http/*'
check "SQLite stays in sql" '#include <sqlite3' 'pkg/*' 'cmd/*' ':!pkg/sql/*'
check "libpq stays in sql" '#include <libpq' 'pkg/*' 'cmd/*' ':!pkg/sql/*'
check "libcurl stays in http" '#include <curl' 'pkg/*' 'cmd/*' ':!pkg/http/*'
check "Boost stays in live's server" '#include <boost' 'pkg/*' 'cmd/*' ':!pkg/live/server.cc'
check "hiredis stays in coord/redis" '#include <hiredis' 'pkg/*' 'cmd/*' ':!pkg/coord/redis/*'
check "a test that cannot run fails: it does not skip itself" '\.skip\(|\bskip: ' 'tests/*.mjs'
exit "$found"
