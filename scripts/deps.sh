#!/usr/bin/env bash
# Installs what is missing to build, run and test Matinee on Debian 12, from Debian's packages, and
# says what. Asks for sudo only if something is missing and you are not root.
#
#   scripts/deps.sh compile  what the program alone needs (the Dockerfile)
#   scripts/deps.sh build    what `make build` and `make run` need
#   scripts/deps.sh test     that, and what `make test`, `make lint` and `make bench` need
#   scripts/deps.sh cluster  that, and what `make test-image` and `make test-cluster` need
set -euo pipefail
cd "$(dirname "$0")/.."

compile_packages=(
  g++ cmake ninja-build ccache pkg-config
  libpistache-dev libcurl4-openssl-dev libsqlite3-dev libpq-dev libhiredis-dev libyaml-cpp-dev
  libpugixml-dev prometheus-cpp-dev opentelemetry-cpp-dev libabsl-dev nlohmann-json3-dev libexpected-dev libfmt-dev libcli11-dev
  libboost-dev
)
run_packages=(
  ffmpeg nginx-light fonts-dejavu-core
)
test_packages=(
  libgtest-dev libgmock-dev chromium firefox-esr clang libclang-rt-14-dev clang-format clang-tidy shellcheck
  wrk sqlite3 postgresql-15 pgbouncer redis-server libfaketime prometheus unzip
)
# Containers, and a Kubernetes that is built from Debian's sources.
cluster_packages=(
  podman containerd runc containernetworking-plugins mmdebstrap iptables conntrack dnsmasq-base iproute2 openssl curl
  etcd-server golang-go golang-github-modern-go-reflect2-dev dpkg-dev rsync jq
)
# Any build of these will do. Debian's would throw others' out, and Docker with them.
declare -A program_of=([nginx-light]=nginx [containerd]=containerd [runc]=runc [podman]=podman)

mode=${1:-build}
wanted=("${compile_packages[@]}")
if [ "$mode" != compile ]; then wanted+=("${run_packages[@]}"); fi
case "$mode" in test | cluster) wanted+=("${test_packages[@]}") ;; esac
if [ "$mode" = cluster ]; then wanted+=("${cluster_packages[@]}"); fi

installed() { [ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" = installed ]; }

missing=()
for package in "${wanted[@]}"; do
  program=${program_of[$package]:-}
  [ -n "$program" ] && PATH=$PATH:/usr/sbin command -v "$program" >/dev/null && continue
  installed "$package" || missing+=("$package")
done
if [ "$mode" != compile ]; then
  # Node 18 (Debian's) or newer, from wherever it is.
  node_major=$(node --version 2>/dev/null | sed 's/^v\([0-9]*\).*/\1/' || true)
  if [ "${node_major:-0}" -lt 18 ]; then missing+=(nodejs); fi
  command -v npm >/dev/null || missing+=(npm)
fi

if [ ${#missing[@]} -gt 0 ]; then
  if ! command -v apt-get >/dev/null; then
    echo "Missing: ${missing[*]}" >&2
    echo "This machine has no apt-get; install these by your own package manager." >&2
    exit 1
  fi
  sudo=()
  [ "$(id -u)" = 0 ] || sudo=(sudo)
  echo "Installing from Debian: ${missing[*]}"
  # OpenTelemetry's SDK is not in Debian 12 itself, but in its backports.
  if [[ " ${missing[*]} " == *" opentelemetry-cpp-dev "* && "$(apt-cache policy)" != *bookworm-backports* ]]; then
    echo "Adding Debian's bookworm-backports to apt's sources"
    printf '%s\n' 'Types: deb' 'URIs: http://deb.debian.org/debian' 'Suites: bookworm-backports' \
      'Components: main' 'Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg' |
      "${sudo[@]}" tee /etc/apt/sources.list.d/bookworm-backports.sources >/dev/null
  fi
  "${sudo[@]}" apt-get update -qq
  "${sudo[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
    "${missing[@]}"
  # Debian starts a server for each of these packages; Matinee and its tests only need the programs.
  for service in nginx-light:nginx postgresql-15:postgresql pgbouncer:pgbouncer redis-server:redis-server \
    prometheus:prometheus etcd-server:etcd containerd:containerd; do
    [[ " ${missing[*]} " == *" ${service%:*} "* ]] || continue
    command -v systemctl >/dev/null || continue
    "${sudo[@]}" systemctl disable --now "${service#*:}" >/dev/null 2>&1 || true
    echo "(The service ${service#*:} stays off: only its programs are wanted.)"
  done
fi
