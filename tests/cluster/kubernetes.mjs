// The cluster as the tests see it: Helm, kubectl, the pods' processes, what goes wrong under constant requests.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import http from 'node:http';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Matinee, READY_MS, eventually, temporaryFolder } from '../lib/matinee.mjs';

export { READY_MS, eventually, temporaryFolder };
export const chart = fileURLToPath(new URL('../../charts/matinee', import.meta.url));
export const namespace = 'home';
/** The machine outside of the cluster that the tests run on; the ingress listens here too. */
export const lan = '198.18.0.100';
export const nodes = ['node1', 'node2'];
/** A folder that is the same on both nodes. */
export const volumes = join(dirname(process.env.KUBECONFIG), 'volumes');
const node_addresses = { node1: '198.18.0.1', node2: '198.18.0.2' };

/** Runs a program to its end: its exit code and what it printed. */
export async function attempt(program, args, input = '') {
  const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'pipe'] });
  let out = '';
  let err = '';
  child.stdout.setEncoding('utf8').on('data', (text) => (out += text));
  child.stderr.setEncoding('utf8').on('data', (text) => (err += text));
  child.stdin.on('error', () => {}); // It ended before it had read all: its exit code says why.
  child.stdin.end(input);
  const [code] = await once(child, 'close');
  return { code, out, err };
}

async function command(program, args, input) {
  const { code, out, err } = await attempt(program, args, input);
  if (code !== 0) throw new Error(`${program} ${args.join(' ')}: ${err || out}`);
  return out;
}

export const kubectl = (...args) => command(process.env.KUBECTL, ['--namespace', namespace, ...args]);
export const get = async (...args) => JSON.parse(await kubectl('get', ...args, '--output=json'));
export const apply = (...objects) =>
  command(process.env.KUBECTL, ['--namespace', namespace, 'apply', '--filename=-'], JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objects }));

/** A Helm of one version; values are given as an object. */
function helm(program) {
  const folder = temporaryFolder('values');
  let files = 0;
  return async (args, values, { fails = false } = {}) => {
    const file = join(folder, `${++files}.json`);
    if (values) writeFileSync(file, JSON.stringify(values));
    const all = ['--namespace', namespace, ...args, ...(values ? ['--values', file] : [])];
    if (!fails) return command(program, all);
    const { code, out, err } = await attempt(program, all);
    if (code === 0) throw new Error(`${all.join(' ')} succeeded`);
    return out + err;
  };
}
export const helm3 = helm(process.env.HELM3);
export const helm4 = helm(process.env.HELM4);

/** The pods of a component that are not on their way out. */
export async function pods(component, filter = () => true) {
  const { items } = await get('pods', `--selector=app.kubernetes.io/component=${component}`);
  return items.filter((pod) => !pod.metadata.deletionTimestamp && filter(pod));
}

export const isReady = ({ status }) => (status.conditions ?? []).some(({ type, status: is }) => type === 'Ready' && is === 'True');
export const nodeOf = ({ spec }) => spec.nodeName;

/**
 * Whether something of a pod is there. By its processes, once it is on its way out: this Kubernetes' kubelet now and then forgets the
 * object of a pod of which nothing else is left.
 */
export const isThere = (pod) => !pod.metadata.deletionTimestamp || processes(pod).length > 0;

/** Waits for a Deployment to be rolled out, and for the pods before to be gone. */
export async function settled(component) {
  await eventually(
    async () => {
      const { spec, status, metadata } = await get(`deployment/matinee-${component}`);
      const there = (await get('pods', `--selector=app.kubernetes.io/component=${component}`)).items.filter(isThere);
      return status.observedGeneration === metadata.generation && status.updatedReplicas === spec.replicas &&
        there.length === spec.replicas && there.every(isReady);
    },
    `${component} has settled`,
    READY_MS,
  );
}

export const nodeIsReady = (name, wanted = true) =>
  eventually(async () => isReady(await get(`node/${name}`)) === wanted, `${name} is ${wanted ? '' : 'not '}ready`, READY_MS);

// --- What a node sees of a pod, and no process in the pod does ---

/** What `read` returns, or nothing if what it reads went away just now. */
function ifThere(read) {
  try {
    return read();
  } catch (error) {
    if (['ENOENT', 'ENODEV', 'ESRCH'].includes(error.code)) return [];
    throw error;
  }
}

function folders(path) {
  const entries = ifThere(() => readdirSync(path, { withFileTypes: true }));
  return [path, ...entries.filter((entry) => entry.isDirectory()).flatMap(({ name }) => folders(join(path, name)))];
}

/** The pod's folder in a hierarchy of cgroups. */
function cgroup(hierarchy, pod) {
  const root = `/sys/fs/cgroup/${hierarchy}/matinee-cluster/${nodeOf(pod)}`;
  return folders(root).find((path) => path.endsWith(`pod${pod.metadata.uid}`));
}

/** The processes of a pod: `{pid, name}`. */
export function processes(pod) {
  const path = cgroup('pids', pod);
  if (!path) return [];
  const pids = folders(path).flatMap((folder) => ifThere(() => readFileSync(join(folder, 'cgroup.procs'), 'utf8').split('\n').filter(Boolean)));
  return pids.flatMap((pid) => ifThere(() => ({ pid: Number(pid), name: readFileSync(`/proc/${pid}/comm`, 'utf8').trim() })));
}

/** Nanoseconds of processor time that a pod has used. */
export const cpuTime = (pod) => Number(readFileSync(join(cgroup('cpuacct', pod), 'cpuacct.usage'), 'utf8'));

/** Memory that a pod uses as Kubernetes counts it: without files that could be forgotten. */
export function workingSet(pod) {
  const path = cgroup('memory', pod);
  const inactive = /^total_inactive_file (\d+)$/m.exec(readFileSync(join(path, 'memory.stat'), 'utf8'))[1];
  return Number(readFileSync(join(path, 'memory.usage_in_bytes'), 'utf8')) - Number(inactive);
}

// --- Matinee, from outside ---

/** Matinee as a browser in the same home reaches it. */
export class Outside extends Matinee {
  constructor(origin) {
    super('', 80, '');
    this.origin = origin;
    this.url = origin;
  }

  static nodePort(port, node = 'node1') {
    return new Outside(`http://${node_addresses[node]}:${port}`);
  }

  /** Longer than Matinee takes for any answer; what never comes must not be waited for until the test's end. */
  request(path, options = {}, limit_ms = 20_000) {
    return super.request(path, { signal: AbortSignal.timeout(limit_ms), ...options });
  }

  /**
   * Until a pod behind the NodePort answers. This Kubernetes' kube-proxy listens on such ports itself, to reserve them, and never
   * accepts: a client that connects after its rule for "no endpoints" was removed and before the one for the first pod is there has a
   * connection, and waits for ever. So each try is a short one. Pods that are ready are reached only then: also after `helm --wait`.
   */
  async ready() {
    let last;
    const answers = () => this.request('/api/health', {}, 2000).then((response) => response.text(), ({ message }) => void (last = message));
    await eventually(answers, () => `an answer; ${last}`, READY_MS);
    return this;
  }
}

/** Sends requests over new connections, `per_second` of them, until it is stopped; keeps every failure. */
export class Load {
  /** `targets`: `{url, host}`; `posts`: what is posted to `/api/capture/screenshot` now and then. */
  constructor(targets, { per_second = 50, post } = {}) {
    this.targets = targets;
    this.post = post;
    this.asked = 0;
    this.answered = 0;
    this.failures = [];
    this.slowest_ms = 0;
    this.pending = new Set();
    this.timer = setInterval(() => this.#ask(), 1000 / per_second);
  }

  #ask() {
    const number = this.asked++;
    const { url, host } = this.targets[number % this.targets.length];
    const taps = this.post && number % 100 === 50;
    const path = taps ? '/api/capture/screenshot' : ['/', '/api/sessions', '/api/captures', '/api/health'][Math.floor(number / this.targets.length) % 4];
    const began = Date.now();
    const pending = new Promise((resolve) => {
      const end = (failure) => {
        this.slowest_ms = Math.max(this.slowest_ms, Date.now() - began);
        if (failure) this.failures.push(`${new Date(began).toISOString()} ${url}${path}: ${failure}`);
        else ++this.answered;
        resolve();
      };
      const request = http.request(url + path, {
        agent: false, timeout: 20_000, method: taps ? 'POST' : 'GET',
        headers: { ...(host && { host }), ...(taps && { 'content-type': 'application/json' }) },
      });
      request.on('response', (response) => {
        let body = '';
        response.setEncoding('utf8').on('data', (text) => (body += text));
        response.on('error', ({ message }) => end(message));
        response.on('end', () => end([200, 202].includes(response.statusCode) ? '' : `${response.statusCode} ${body.slice(0, 200)}`));
      });
      request.on('timeout', () => request.destroy(new Error('no answer within 20 s')));
      request.on('error', ({ message }) => end(message));
      request.end(taps ? JSON.stringify(this.post) : undefined);
    });
    this.pending.add(pending);
    pending.then(() => this.pending.delete(pending));
  }

  /** What came of it. */
  async stop() {
    clearInterval(this.timer);
    await Promise.all(this.pending);
    return this;
  }
}
