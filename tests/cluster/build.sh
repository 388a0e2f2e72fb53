#!/usr/bin/env bash
# Builds the Kubernetes that the tests on a cluster run on: Debian's source package `kubernetes`, which is the whole of
# upstream's 1.20 with everything vendored. Debian ships none of its binaries but kubectl.
#
# Built once, into a folder outside the tree that it prints: ${XDG_CACHE_HOME:-~/.cache}/matinee/kubernetes-<version>.
set -euo pipefail

programs=(kube-apiserver kube-controller-manager kube-scheduler kubelet kube-proxy)
version=1.20.2
cache=${XDG_CACHE_HOME:-$HOME/.cache}/matinee
done_folder=$cache/kubernetes-$version

if [ -d "$done_folder" ]; then
  echo "$done_folder"
  exit 0
fi

mkdir -p "$cache"
# A second build waits, and finds it done.
exec 9>"$cache/kubernetes.lock"
flock 9
if [ -d "$done_folder" ]; then
  echo "$done_folder"
  exit 0
fi
echo "Building Kubernetes $version from Debian's sources, once: about five minutes" >&2

work=$(mktemp -d "$cache/kubernetes-build.XXXXXX")
trap 'chmod -R u+w "$work"; rm -rf "$work"' EXIT
cd "$work"

# Separate lists, with sources: those of the machine stay as they are.
mkdir -p apt/partial
cat >debian.sources <<'EOF'
Types: deb-src
URIs: http://deb.debian.org/debian
Suites: bookworm bookworm-updates
Components: main
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg
EOF
own_lists=(-o "Dir::Etc::sourcelist=$work/debian.sources" -o Dir::Etc::sourceparts=/dev/null
  -o "Dir::State::lists=$work/apt" -o APT::Sandbox::User=root)
apt-get "${own_lists[@]}" update -qq >&2
apt-get "${own_lists[@]}" source -qq --download-only kubernetes >&2
dpkg-source --no-check -x kubernetes_*.dsc tree >&2

# The vendored reflect2 reaches into maps as Go before 1.18 laid them out: the API server would crash. Debian's has it fixed.
fixed=/usr/share/gocode/src/github.com/modern-go/reflect2
vendored=tree/vendor/github.com/modern-go/reflect2
rm "$vendored"/*.go "$vendored"/*.s
cp "$fixed"/*.go "$fixed"/*.s "$vendored"
rm -f "$vendored"/*_test.go

# Kubernetes asks for its version at build time, and for a place in a GOPATH.
cat >kube-version <<EOF
KUBE_GIT_COMMIT='debian'
KUBE_GIT_TREE_STATE='archive'
KUBE_GIT_VERSION='v$version'
KUBE_GIT_MAJOR='1'
KUBE_GIT_MINOR='20'
EOF
mkdir -p go/src/k8s.io
ln -s "$work/tree" go/src/k8s.io/kubernetes
export KUBE_GIT_VERSION_FILE=$work/kube-version
export GOPATH=$work/go GOCACHE=$work/gocache GOTMPDIR=$work GOPROXY=off GOFLAGS='' CGO_ENABLED=0
nice make -C tree GOLDFLAGS="-s -w" WHAT="$(printf 'cmd/%s ' "${programs[@]}")" >&2

mkdir result
for program in "${programs[@]}"; do install "tree/_output/bin/$program" result/; done
# Atomic: a folder that exists is complete.
mv result "$done_folder"
echo "$done_folder"
