// The fixture of the cluster's tests that enforces NetworkPolicies: what a packet meets in the chains that it makes. That iptables does the
// same is shown on the cluster (tests/cluster/cluster.test.mjs).
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { chainsOf } from '../../cluster/fixtures/policy_chains.mjs';

const pod = (name, ip, { namespace = 'home', labels = { app: name }, ports = [], node = 'node1', ...rest } = {}) => ({
  metadata: { uid: `uid-${namespace}-${name}`, name, namespace, labels }, spec: { nodeName: node, containers: [{ ports }], ...rest.spec },
  status: { podIP: ip, phase: 'Running', ...rest.status },
});
const policy = (app, spec) => ({ metadata: { namespace: 'home' }, spec: { podSelector: app ? { matchLabels: { app } } : {}, ...spec } });
const page = pod('page', '10.0.0.1', { ports: [{ name: 'http', containerPort: 8787 }] });
const redis = pod('redis', '10.0.0.2', { ports: [{ name: 'redis', containerPort: 6379 }] });
const worker = pod('worker', '10.0.1.3', { node: 'node2' });
const monitor = pod('monitor', '10.0.0.4', { namespace: 'monitoring' });
const pods = [page, redis, worker, monitor];
const namespaces = [{ metadata: { name: 'home', labels: {} } }, { metadata: { name: 'monitoring', labels: { kind: 'tools' } } }];

const inside = (ip, cidr) => {
  const [base, bits = 32] = cidr.split('/');
  const number = (text) => text.split('.').reduce((sum, byte) => sum * 256 + Number(byte), 0);
  const size = 2 ** (32 - Number(bits));
  return Math.floor(number(ip) / size) === Math.floor(number(base) / size);
};

/** Whether a node lets the first packet of a connection through. */
function passes(text, { from, to, port, protocol = 'tcp' }) {
  const walk = (chain) => {
    for (const line of text.split('\n').filter((one) => one.startsWith(`-A ${chain} `))) {
      const option = (name) => new RegExp(` ${name} (\\S+)`).exec(line)?.[1];
      if (option('-m')) continue; // Replies.
      const [low, high = low] = (option('--dport') ?? '0:65535').split(':').map(Number);
      const matches = inside(from, option('-s') ?? '0.0.0.0/0') && inside(to, option('-d') ?? '0.0.0.0/0') &&
        (option('-p') ?? protocol) === protocol && port >= low && port <= high;
      if (!matches) continue;
      if (option('-j') === 'RETURN') return true;
      if (option('-j') === 'DROP' || !walk(option('-j'))) return false;
    }
    return true;
  };
  return walk('POLICIES');
}

/** The connections that pass both nodes. */
function connects(policies, from, to, port, protocol) {
  const packet = { from: from.status?.podIP ?? from, to: to.status?.podIP ?? to, port, protocol };
  return ['node1', 'node2'].every((node) => passes(chainsOf(node, { policies, pods, namespaces }).text, packet));
}

test('without a policy everything connects', () => {
  assert.ok(connects([], worker, redis, 6379));
  assert.deepEqual(chainsOf('node1', { policies: [], pods, namespaces }).chains, []);
});

test('a policy that selects all pods and has no rule denies everything, in its namespace alone', () => {
  const all = [policy('', { policyTypes: ['Ingress', 'Egress'] })];
  for (const [from, to] of [[worker, redis], [redis, worker], [monitor, redis], [page, '8.8.8.8']]) assert.ok(!connects(all, from, to, 6379));
  assert.ok(connects(all, monitor, '8.8.8.8', 443));
});

test('rules of several policies add up; ports have names or numbers', () => {
  const policies = [
    policy('', { policyTypes: ['Ingress', 'Egress'] }),
    policy('redis', { policyTypes: ['Ingress'], ingress: [{ from: [{ podSelector: { matchLabels: { app: 'worker' } } }], ports: [{ port: 'redis' }] }] }),
    policy('worker', { policyTypes: ['Egress'], egress: [{ to: [{ podSelector: { matchLabels: { app: 'redis' } } }], ports: [{ port: 6379 }] }, { ports: [{ protocol: 'UDP', port: 53 }] }] }),
    policy('page', { policyTypes: ['Ingress'], ingress: [{ ports: [{ port: 'http' }] }] }),
  ];
  assert.ok(connects(policies, worker, redis, 6379));
  assert.ok(!connects(policies, worker, redis, 6380));
  assert.ok(!connects(policies, page, redis, 6379), 'its egress is denied');
  assert.ok(!connects(policies, monitor, redis, 6379), 'a pod of another namespace');
  assert.ok(!connects(policies, worker, page, 8787), 'the page admits it, and its own egress does not');
  assert.ok(connects(policies, monitor, page, 8787));
  assert.ok(connects(policies, worker, '9.9.9.9', 53, 'udp'));
  assert.ok(!connects(policies, worker, '9.9.9.9', 53, 'tcp'));
});

test('peers by namespace and by address', () => {
  const from = (...peers) => [policy('redis', { ingress: [{ from: peers }] })];
  assert.ok(connects(from({ namespaceSelector: { matchLabels: { kind: 'tools' } } }), monitor, redis, 6379));
  assert.ok(!connects(from({ namespaceSelector: { matchLabels: { kind: 'tools' } } }), worker, redis, 6379));
  assert.ok(connects(from({ namespaceSelector: {} }), worker, redis, 6379));
  assert.ok(!connects(from({ namespaceSelector: {}, podSelector: { matchLabels: { app: 'page' } } }), monitor, redis, 6379));
  assert.ok(connects(from({ ipBlock: { cidr: '192.168.0.0/16' } }), '192.168.7.1', redis, 6379));
  assert.ok(!connects(from({ ipBlock: { cidr: '192.168.0.0/16' } }), '10.9.9.9', redis, 6379));
  assert.ok(connects(from({ podSelector: { matchExpressions: [{ key: 'app', operator: 'NotIn', values: ['page'] }] } }), worker, redis, 6379));
});

test('pods on the node\'s network and finished ones have no chain, and chains that are not used any more are removed', () => {
  const all = [policy('', { policyTypes: ['Ingress'] })];
  const host = pod('host', '198.18.0.1', { spec: { hostNetwork: true } });
  const over = pod('over', '10.0.0.9', { status: { phase: 'Succeeded' } });
  const before = chainsOf('node1', { policies: all, pods: [page, host, over], namespaces });
  assert.equal(before.chains.length, 1);
  const now = chainsOf('node1', { policies: [], pods: [page], namespaces }, before.chains);
  assert.deepEqual(now.chains, []);
  assert.ok(now.text.includes(`:${before.chains[0]} - [0:0]`) && now.text.includes(`-X ${before.chains[0]}`));
});
