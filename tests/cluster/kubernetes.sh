#!/usr/bin/env bash
# A Kubernetes of two nodes on this machine, for the tests: the real API server, scheduler, kubelets and containerd.
#
#   kubernetes.sh check           can it run here? If not, says why and fails
#   kubernetes.sh up IMAGE.tar…   starts it with these images on both nodes; takes away an earlier one first
#   kubernetes.sh exec COMMAND…   runs a command on its network, as root of it (KUBECONFIG is set)
#   kubernetes.sh node N COMMAND… runs a command on node N
#   kubernetes.sh down            takes away every trace of it; harmless if there is none
#
# All of it lives in separate namespaces below one process: its network, its mounts, its processes. Killing that process ends
# everything at once, whatever state it is in; what is left then are empty cgroups and one folder of files.
#
#   "lan"   198.18.0.100: etcd, the control plane, names, the ingress, and the tests
#   node 1  198.18.0.1, pods 198.18.11.0/24     joined to the lan by a cable (veth) that a test can pull:
#   node 2  198.18.0.2, pods 198.18.12.0/24     `kubernetes.sh exec ip link set node2 down`
#
# The addresses are those that RFC 2544 sets aside for tests, so no machine has them.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
cache=${XDG_CACHE_HOME:-$HOME/.cache}/matinee
state=$cache/cluster
cgroup=matinee-cluster # In each hierarchy.
lan=198.18.0.100
api=https://$lan:6443
nodes=(1 2)

say() { printf 'kubernetes: %s\n' "$*" >&2; }
fail() { say "$@"; exit 1; }

# The folders of all cgroup hierarchies.
hierarchies() { awk '$3 ~ /^cgroup2?$/ {print $2}' /proc/mounts; }

# --- Can it run here? -------------------------------------------------------------------------------------------------------

check() {
  [ "$(id -u)" = 0 ] || fail "needs root, for network namespaces and containers"
  local program
  for program in containerd ctr runc etcd iptables conntrack dnsmasq nginx node ip unshare nsenter openssl curl gcc; do
    PATH=$PATH:/usr/sbin command -v "$program" >/dev/null || fail "$program is missing (scripts/deps.sh cluster installs it)"
  done
  [ -x /usr/lib/cni/bridge ] || fail "the CNI plugins are missing (scripts/deps.sh cluster installs them)"
  unshare --mount --net --pid --uts --fork true 2>/dev/null || fail "this machine allows no namespaces"
  [ -d /sys/fs/cgroup/pids ] ||
    fail "needs cgroups of version 1; with version 2 alone this Kubernetes was never tried"
  mkdir /sys/fs/cgroup/pids/matinee-check 2>/dev/null || fail "cgroups cannot be made here"
  rmdir /sys/fs/cgroup/pids/matinee-check
  # A container's file system is an overlay.
  local try
  try=$(mktemp -d)
  mkdir "$try"/{lower,upper,work,merged}
  unshare --mount mount -t overlay overlay -o "lowerdir=$try/lower,upperdir=$try/upper,workdir=$try/work" "$try/merged" \
    2>/dev/null || { rm -rf "$try"; fail "overlay file systems cannot be mounted here"; }
  rm -rf "$try"
}

# --- down -------------------------------------------------------------------------------------------------------------------

down() {
  local hierarchy
  # Whatever the cluster started is in its cgroup, and nothing else is.
  wait_for 60 "the cluster's processes end" kill_all
  while read -r hierarchy; do
    [ ! -d "$hierarchy/$cgroup" ] || find "$hierarchy/$cgroup" -depth -type d -exec rmdir {} +
  done < <(hierarchies)
  # Mount points that the nodes needed; if they are empty, nothing else does.
  rmdir --ignore-fail-on-non-empty /var/lib/{kubelet,cni} 2>/dev/null || true
  rm -rf "$state"
}

kill_all() {
  processes | xargs --no-run-if-empty kill -KILL || true
  [ -z "$(processes)" ]
}
processes() { find "/sys/fs/cgroup/pids/$cgroup" -name cgroup.procs -exec cat {} + 2>/dev/null || true; }

# --- up ---------------------------------------------------------------------------------------------------------------------

up() {
  check
  local image binaries
  for image in "$@"; do [ -f "$image" ] || fail "no such image: $image"; done
  binaries=$("$here/build.sh")
  down
  mkdir -p "$state"/{log,bin,volumes}
  cp -l "$binaries"/* "$state/bin/" 2>/dev/null || cp "$binaries"/* "$state/bin/"
  secrets
  pause_image "$state/pause.tar"

  make_cgroups "$cgroup"
  # Processor time before what else runs on this machine: a starved pod looks like a failed one.
  local shares=/sys/fs/cgroup/cpu/$cgroup/cpu.shares
  [ ! -f "$shares" ] || echo 20000 >"$shares"
  # A separate shell joins the cgroup and becomes the first process of the new namespaces.
  # shellcheck disable=SC2016
  setsid bash -c 'echo $$ >"$1"; shift; exec "$@"' - "/sys/fs/cgroup/pids/$cgroup/cgroup.procs" \
    unshare --mount --net --pid --uts --fork --kill-child --mount-proc \
    "${BASH_SOURCE[0]}" inside "$@" >"$state/log/init.log" 2>&1 </dev/null &
  wait_for 300 "the nodes are ready" test -f "$state/ready"
  say "two nodes are ready (logs: $state/log)"
}

# make_cgroups NAME: in every hierarchy.
make_cgroups() {
  local hierarchy list
  while read -r hierarchy; do
    mkdir -p "$hierarchy/$1"
    # A cpuset is of no use before it has processors and memory.
    for list in cpuset.cpus cpuset.mems; do
      [ ! -f "$hierarchy/$list" ] || cat "$hierarchy/$list" >"$hierarchy/$1/$list"
    done
  done < <(hierarchies)
}

secrets() {
  (
    umask 077
    openssl genrsa -out "$state/accounts.key" 2048 2>/dev/null
    openssl rand -hex 16 >"$state/token"
    echo "$(cat "$state/token"),admin,admin,system:masters" >"$state/tokens.csv"
    cat >"$state/kubeconfig" <<EOF
apiVersion: v1
kind: Config
clusters: [{name: matinee, cluster: {server: "$api", certificate-authority: "$state/certificates/apiserver.crt"}}]
users: [{name: admin, user: {token: "$(cat "$state/token")"}}]
contexts: [{name: matinee, context: {cluster: matinee, user: admin}}]
current-context: matinee
EOF
  )
}

# The process that holds a pod's namespaces, as an image: one file, put together by hand.
pause_image() {
  local folder=$state/pause layer config
  mkdir "$folder"
  gcc -static -Os -o "$folder/pause" "$here/pause.c"
  tar -C "$folder" --owner=0 --group=0 -cf "$folder/layer.tar" pause
  layer=$(sha256sum "$folder/layer.tar" | cut -d' ' -f1)
  config='{"architecture":"amd64","os":"linux","config":{"Entrypoint":["/pause"]},"rootfs":{"type":"layers","diff_ids":["sha256:'$layer'"]}}'
  printf '%s' "$config" >"$folder/config.json"
  echo '[{"Config":"config.json","RepoTags":["localhost/pause:1"],"Layers":["layer.tar"]}]' >"$folder/manifest.json"
  tar -C "$folder" -cf "$1" manifest.json config.json layer.tar
}

# wait_for SECONDS WHAT COMMAND…: until the command succeeds.
wait_for() {
  local seconds=$1 what=$2 end
  shift 2
  end=$((SECONDS + seconds))
  until "$@" 2>/dev/null; do
    [ $SECONDS -lt $end ] || fail "not within $seconds s: $what (logs: $state/log)"
    sleep 0.2
  done
}

# --- inside: the first process of the cluster's namespaces -----------------------------------------------------------------

# start NAME COMMAND…: a daemon with a log.
start() {
  local name=$1
  shift
  "$@" >"$state/log/$name.log" 2>&1 &
}

inside() {
  trap 'kill -KILL -1' EXIT # Rather no cluster than half of one.
  hostname lan
  mount -t tmpfs tmpfs /run
  # What a kubelet would change for the whole machine it changes in files of ours.
  local name
  for name in vm/overcommit_memory vm/panic_on_oom kernel/panic kernel/panic_on_oops kernel/keys/root_maxkeys kernel/keys/root_maxbytes; do
    cp "/proc/sys/$name" "/run/${name//\//.}"
    mount --bind "/run/${name//\//.}" "/proc/sys/$name"
  done

  network
  control_plane
  local n
  for n in "${nodes[@]}"; do
    mkdir -p "$state/node$n"/{containerd,kubelet}
    start "node$n" nsenter --net="/run/netns/node$n" unshare --mount --uts "${BASH_SOURCE[0]}" node_inside "$n" "$@"
  done
  for n in "${nodes[@]}"; do wait_for 280 "node$n is ready" node_ready "$n"; done
  touch "$state/ready"
  # As first process it also has to see off the orphans; none of the daemons should ever end.
  while :; do wait -n || say "a process ended: $?"; sleep 1; done
}

network() {
  ip link set lo up
  ip link add lan type bridge
  ip addr add "$lan/24" dev lan
  ip link set lan up
  mkdir -p /run/netns
  local n other
  for n in "${nodes[@]}"; do
    ip netns add "node$n"
    ip link add "node$n" type veth peer name lan netns "node$n"
    ip link set "node$n" master lan up
    ip -n "node$n" link set lo up
    ip -n "node$n" addr add "198.18.0.$n/24" dev lan
    ip -n "node$n" link set lan up
    ip -n "node$n" route add default via "$lan"
    ip route add "198.18.1$n.0/24" via "198.18.0.$n"
    for other in "${nodes[@]}"; do
      [ "$other" = "$n" ] || ip -n "node$n" route add "198.18.1$other.0/24" via "198.18.0.$other"
    done
    nsenter --net="/run/netns/node$n" sysctl -qw net.ipv4.ip_forward=1 net.bridge.bridge-nf-call-iptables=1
  done
}

control_plane() {
  start etcd etcd --data-dir "$state/etcd" --unsafe-no-fsync --log-level=warn \
    --listen-client-urls http://127.0.0.1:2379 --advertise-client-urls http://127.0.0.1:2379 --listen-peer-urls http://127.0.0.1:0
  start apiserver "$state/bin/kube-apiserver" --etcd-servers=http://127.0.0.1:2379 \
    --bind-address="$lan" --advertise-address="$lan" --secure-port=6443 --cert-dir="$state/certificates" \
    --service-cluster-ip-range=198.19.0.0/16 --authorization-mode=Node,RBAC --token-auth-file="$state/tokens.csv" \
    --service-account-issuer=https://kubernetes.default.svc --service-account-signing-key-file="$state/accounts.key" \
    --service-account-key-file="$state/accounts.key" --kubelet-preferred-address-types=InternalIP --allow-privileged=true
  wait_for 120 "the API server answers" answers
  # A node that is silent for 15 s is missed; by default it is 40 s, which would only make the tests wait.
  start controllers "$state/bin/kube-controller-manager" --kubeconfig="$state/kubeconfig" --leader-elect=false \
    --service-account-private-key-file="$state/accounts.key" --root-ca-file="$state/certificates/apiserver.crt" \
    --use-service-account-credentials --port=0 --secure-port=0 --flex-volume-plugin-dir="$state/none" \
    --node-monitor-period=1s --node-monitor-grace-period=15s
  start scheduler "$state/bin/kube-scheduler" --kubeconfig="$state/kubeconfig" --leader-elect=false --port=0 --secure-port=0
  export KUBE_API=$api KUBE_CA=$state/certificates/apiserver.crt KUBE_TOKEN=$state/token
  start names node "$here/fixtures/names.mjs" "$lan"
  start ingress node "$here/fixtures/ingress.mjs"
}

ask() {
  curl -sS --fail --max-time 2 --cacert "$state/certificates/apiserver.crt" -H "Authorization: Bearer $(cat "$state/token")" "$api$1"
}
answers() { [ "$(ask /readyz)" = ok ]; }
node_ready() { ask "/api/v1/nodes/node$1" | grep -A4 '"reason": "KubeletReady"' >/dev/null; }

# --- node_inside: the first process of a node --------------------------------------------------------------------------------

node_inside() {
  local n=$1 folder=$state/node$1
  shift
  hostname "node$n"
  # The folders that containerd, the kubelet and CNI know by heart, for this node alone.
  mount -t tmpfs tmpfs /run
  mount -t tmpfs tmpfs /var/log
  mkdir -p /var/lib/containerd /var/lib/kubelet /var/lib/cni
  mount --bind "$folder/containerd" /var/lib/containerd
  mount --bind "$folder/kubelet" /var/lib/kubelet
  mount -t tmpfs tmpfs /var/lib/cni
  make_cgroups "$cgroup/node$n"
  node_settings "$n" /run
  start "node$n-containerd" containerd --config /run/containerd.toml --log-level warn
  wait_for 20 "containerd answers" ctr version
  local image
  for image in "$state/pause.tar" "$@"; do ctr --namespace k8s.io images import "$image"; done
  start "node$n-kubelet" "$state/bin/kubelet" --config=/run/kubelet.yaml --kubeconfig="$state/kubeconfig" --node-ip="198.18.0.$n" \
    --container-runtime=remote --container-runtime-endpoint=unix:///run/containerd/containerd.sock --resolv-conf='' \
    --volume-plugin-dir=/run/no-plugins
  start "node$n-proxy" "$state/bin/kube-proxy" --config=/run/proxy.yaml
  start "node$n-policies" node "$here/fixtures/policies.mjs" "node$n"
  wait
}

node_settings() {
  local n=$1 to=$2
  mkdir -p "$to/cni"
  # A bridge for the pods; the nodes' routes do the rest.
  cat >"$to/cni/10-pods.conflist" <<EOF
{"cniVersion": "0.4.0", "name": "pods", "plugins": [
  {"type": "bridge", "bridge": "pods", "isGateway": true, "hairpinMode": true,
   "ipam": {"type": "host-local", "ranges": [[{"subnet": "198.18.1$n.0/24"}]], "routes": [{"dst": "0.0.0.0/0"}]}},
  {"type": "portmap", "capabilities": {"portMappings": true}}]}
EOF
  # restrict_oom_score_adj: without CAP_SYS_RESOURCE no process may lower its score.
  cat >"$to/containerd.toml" <<EOF
version = 2
[plugins.'io.containerd.grpc.v1.cri']
  sandbox_image = "localhost/pause:1"
  restrict_oom_score_adj = true
  [plugins.'io.containerd.grpc.v1.cri'.cni]
    bin_dir = "/usr/lib/cni"
    conf_dir = "$to/cni"
EOF
  cat >"$to/kubelet.yaml" <<EOF
apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
address: 198.18.0.$n
authentication: {anonymous: {enabled: true}, webhook: {enabled: false}}
authorization: {mode: AlwaysAllow}
cgroupDriver: cgroupfs
cgroupRoot: /$cgroup/node$n
clusterDNS: [$lan]
clusterDomain: cluster.local
evictionHard: {memory.available: 100Mi, nodefs.available: 1%, imagefs.available: 1%}
imageGCHighThresholdPercent: 100
failSwapOn: false
nodeStatusUpdateFrequency: 3s
nodeLeaseDurationSeconds: 12
oomScoreAdj: 0
EOF
  cat >"$to/proxy.yaml" <<EOF
apiVersion: kubeproxy.config.k8s.io/v1alpha1
kind: KubeProxyConfiguration
bindAddress: 198.18.0.$n
clientConnection: {kubeconfig: "$state/kubeconfig"}
mode: iptables
conntrack: {maxPerCore: 0, min: 0, tcpEstablishedTimeout: 0s, tcpCloseWaitTimeout: 0s}
oomScoreAdj: 0
EOF
}

# --- exec, node ---------------------------------------------------------------------------------------------------------------

# The first process of the cluster's namespaces, as this machine numbers it.
first_process() {
  local process
  while read -r process; do
    if [ "$(awk '$1 == "NSpid:" {print NF ":" $NF}' "/proc/$process/status" 2>/dev/null)" = 3:1 ]; then
      echo "$process"
      return
    fi
  done < <(processes)
  fail "there is no cluster; kubernetes.sh up starts one"
}

run_inside() {
  local first
  first=$(first_process)
  KUBECONFIG=$state/kubeconfig exec nsenter --target "$first" --mount --net --pid --uts --wd="$PWD" "$@"
}

case ${1:-} in
  check | down | up | inside | node_inside) "$@" ;;
  exec)
    shift
    run_inside "$@"
    ;;
  node)
    # The node's own mounts are those of its containerd.
    n=$2
    shift 2
    # shellcheck disable=SC2016
    run_inside bash -c 'exec nsenter --target "$(pgrep --oldest --full "node_inside $1( |$)")" --mount --net --uts "${@:2}"' - "$n" "$@"
    ;;
  *)
    sed -n '2,/^$/s/^# \{0,1\}//p' "${BASH_SOURCE[0]}"
    exit 2
    ;;
esac
