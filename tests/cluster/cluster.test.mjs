// Matinee's chart and image on a Kubernetes of two nodes: installed, used, broken, upgraded, taken away. One release from the first test
// to the last, as at home; what each test needs of the earlier ones is what it says.
import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { frameNumbers, makeFilm, probe } from '../lib/films.mjs';
import { PausedJellyfin } from '../lib/fakes/paused_jellyfin.mjs';
import {
  Load, Outside, READY_MS, apply, attempt, chart, cpuTime, eventually, get, helm3, helm4, isReady, isThere, kubectl, lan, namespace,
  nodeIsReady, nodeOf, nodes, pods, processes, settled, temporaryFolder, volumes, workingSet,
} from './kubernetes.mjs';

const NODE_PORT = 30087;
const HOST = 'matinee.home.test';
const FILM_SECONDS = 60;
const FILES = temporaryFolder('captures');
/** Two names of one image: the version that is installed, and the one that comes after it. */
const TAG = 'cluster-test';
const NEXT_TAG = 'cluster-test-next';

const matinee = Outside.nodePort(NODE_PORT);
let jellyfin;
let session_id; // Of the film whose frames show their numbers.

const values = {
  image: { repository: 'localhost/matinee', tag: TAG },
  // The demo is one media server; the other is paused wherever a test wants it, so that the right frame is known.
  demo: { enabled: true },
  mediaServers: { emby: { apiKey: 'a-key', pathMappings: [{ from: '/on/the/server', to: '/media/films' }] } },
  media: [{ name: 'films', mountPath: '/media/films', hostPath: { path: join(volumes, 'films') } }],
  captures: { accessModes: ['ReadWriteMany'] },
  trial: {
    postgresql: { enabled: true, image: { repository: 'localhost/matinee-test-postgres', tag: 'latest' } },
    redis: { enabled: true, image: { repository: 'localhost/matinee-test-redis', tag: 'latest' } },
  },
  settings: { POLL_INTERVAL: '500ms' },
  api: { replicas: 2 },
  worker: { replicas: 2, slots: 3, stopGraceSeconds: 30 },
  service: { type: 'NodePort', nodePort: NODE_PORT },
  ingress: { enabled: true, hosts: [{ host: HOST, path: '/', pathType: 'Prefix' }] },
};

/** A volume as a provisioner would make it, on nodes that all have the same folder. */
function volume(name, accessModes, on) {
  const path = join(volumes, name);
  mkdirSync(path, { recursive: true });
  return {
    apiVersion: 'v1', kind: 'PersistentVolume', metadata: { name },
    spec: {
      capacity: { storage: '50Gi' }, accessModes, local: { path },
      nodeAffinity: { required: { nodeSelectorTerms: [{ matchExpressions: [{ key: 'kubernetes.io/hostname', operator: 'In', values: on }] }] } },
    },
  };
}

before(async () => {
  // Readable for every user, as media mostly is.
  mkdirSync(join(volumes, 'films'), { recursive: true });
  await makeFilm(join(volumes, 'films/film.mkv'), { seconds: FILM_SECONDS });
  jellyfin = await PausedJellyfin.start('/on/the/server/film.mkv', FILM_SECONDS, lan);
  values.mediaServers.emby.url = jellyfin.url;
  await apply(
    volume('shared', ['ReadWriteMany'], nodes),
    // The databases stay on node 1: no cluster could lose their node and go on.
    ...['local-1', 'local-2'].map((name) => volume(name, ['ReadWriteOnce'], ['node1'])),
  );
  await apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } });
});

after(() => jellyfin?.close());

// The release is needed by all that follow.
let installed = false;
const onRelease = (name, body) => test(name, async (t) => {
  assert.ok(installed, 'it was not installed');
  return body(t);
});

/** The file of a capture, fetched as a browser would. */
async function fetched(capture) {
  const path = join(FILES, capture.file_name.replaceAll('/', '-'));
  writeFileSync(path, await matinee.file(capture));
  return path;
}

/** How long the demo was at work on its film. */
async function demoFilmSeconds() {
  const log = await kubectl('logs', '--timestamps', (await pods('demo'))[0].metadata.name);
  const [begun, made] = ['Making the demo film \\(', 'The demo film is ready'].map((line) => Date.parse(new RegExp(`^(\\S+) .*${line}`, 'm').exec(log)[1]));
  return (made - begun) / 1000;
}

/** A screenshot of the film, at a moment that no other test asks for, and the frame that it must show. */
let moment = 1;
async function tap() {
  jellyfin.position_seconds = moment += 0.52;
  const { status, json } = await matinee.post('/api/capture/screenshot', { session_id, offset_seconds: 0 });
  assert.ok([200, 202].includes(status), JSON.stringify(json));
  return { capture: await matinee.finished(json.id), frame: Math.floor(moment * 25 + 1e-6) };
}

async function assertScreenshot() {
  const { capture, frame } = await tap();
  assert.equal(capture.status, 'complete', capture.error_message);
  assert.deepEqual(await frameNumbers(await fetched(capture)), [frame]);
}

async function precise(start_seconds, end_seconds) {
  const { status, json } = await matinee.post('/api/capture/clip', { session_id, start_seconds, end_seconds, precise: true });
  assert.equal(status, 200, JSON.stringify(json));
  return json.id;
}

/** Holds exactly the frames of its span: restarted or not, it is whole. */
async function assertClip(id, start_seconds, end_seconds) {
  const capture = await matinee.finished(id, READY_MS);
  assert.equal(capture.status, 'complete', capture.error_message);
  const first = Math.ceil(start_seconds * 25);
  assert.deepEqual(await frameNumbers(await fetched(capture)), Array.from({ length: Math.ceil(end_seconds * 25) - first }, (_, i) => first + i));
}

const ffmpegs = (pod) => processes(pod).filter(({ name }) => name === 'ffmpeg').map(({ pid }) => pid);

function signal(pids, name) {
  for (const pid of pids) {
    try {
      process.kill(pid, name);
    } catch (error) {
      if (error.code !== 'ESRCH') throw error; // It has ended.
    }
  }
}

/**
 * Asks for clips, one after the other, until `wanted` is the worker of one. The FFmpeg of each is stopped as soon as it is seen, so that
 * none ends before the test wants it to; those of other workers go on when this returns.
 */
async function holdAClip(wanted = () => true) {
  const workers = await pods('worker');
  const held = new Map(workers.map((worker) => [worker, []]));
  const clips = []; // `[id, start, end]`
  let holder;
  for (let start = 1; !holder && start + 10 < FILM_SECONDS; start += 3) {
    const id = await precise(start, start + 10);
    clips.push([id, start, start + 10]);
    await eventually(async () => {
      for (const [worker, pids] of held) {
        const fresh = ffmpegs(worker).filter((pid) => !pids.includes(pid));
        signal(fresh, 'SIGSTOP');
        pids.push(...fresh);
        if (fresh.length > 0 && wanted(worker)) holder = worker;
        if (fresh.length > 0) return true;
      }
      return (await matinee.get(`/api/captures/${id}`)).json.status === 'complete'; // Faster than this could look.
    }, 'a worker runs FFmpeg');
  }
  assert.ok(holder, 'the wanted worker has made none of the clips');
  for (const [worker, pids] of held) if (worker !== holder) signal(pids, 'SIGCONT');
  return { worker: holder, pids: held.get(holder), clips };
}

async function assertClips(clips) {
  for (const clip of clips) await assertClip(...clip);
}

const everywhere = [{ url: `http://198.18.0.1:${NODE_PORT}` }, { url: `http://198.18.0.2:${NODE_PORT}` }, { url: `http://${lan}`, host: HOST }];

/** Does something while 50 requests a second come, by both nodes and the ingress; none may fail. */
async function underLoad(t, what, action) {
  const load = new Load(everywhere, { post: { session_id } });
  const flows = () => {
    const enough = load.asked + 100;
    return eventually(() => load.asked >= enough, 'requests are sent');
  };
  await flows();
  const began = Date.now();
  try {
    await action();
  } finally {
    const seconds = (Date.now() - began) / 1000;
    await flows();
    await load.stop();
    t.diagnostic(`${what}: ${seconds.toFixed(0)} s, ${load.asked} requests, ${load.failures.length} failed, the slowest ${load.slowest_ms} ms`);
  }
  assert.equal(load.answered + load.failures.length, load.asked);
  assert.equal(load.failures.length, 0, load.failures.slice(0, 20).join('\n'));
}

test('helm install, and the first screenshot through the NodePort within 60 s, beside the film', async (t) => {
  const began = Date.now();
  await helm3(['install', 'matinee', chart], values);
  await matinee.ready();
  let last;
  const capture = await eventually(async () => {
    last = await matinee.get('/api/sessions');
    const playing = last.status === 200 && last.json.find((session) => session.capturable && session.server !== 'emby');
    if (!playing) return null;
    last = await matinee.post('/api/capture/screenshot', { session_id: playing.session_id });
    return last.status === 200 && last.json;
  }, () => `a screenshot; ${last.status} ${JSON.stringify(last.json)}`, READY_MS);
  const seconds = (Date.now() - began) / 1000;
  installed = true;
  const film_seconds = await demoFilmSeconds();
  t.diagnostic(`from helm install to the first screenshot: ${seconds.toFixed(1)} s, of which the film's making ${film_seconds.toFixed(1)} s`);

  const [{ width, height, codec_name }] = (await probe(await fetched(capture))).streams;
  assert.deepEqual({ width, height, codec_name }, { width: 1280, height: 720, codec_name: 'mjpeg' });
  await settled('api');
  await settled('worker');
  session_id = (await matinee.session((session) => session.title === 'A film')).session_id;
  // The time that FFmpeg takes for the film depends on the machine alone.
  assert.ok(seconds - film_seconds <= 60, `${seconds} s`);
});

onRelease('a screenshot is the frame on the screen, a clip exactly its span, by every way in', async () => {
  await assertScreenshot();
  await assertClip(await precise(7.3, 9.1), 7.3, 9.1);
  for (const { url, host } of everywhere) {
    const { code, out } = await attempt('curl', ['-sS', '--fail', ...(host ? ['-H', `Host: ${host}`] : []), `${url}/api/health`]);
    assert.equal(code, 0, `${url}: ${out}`);
  }
});

onRelease('the pods are spread over the nodes', async () => {
  for (const component of ['api', 'worker']) assert.deepEqual((await pods(component)).map(nodeOf).sort(), nodes, component);
});

onRelease('helm test', async () => {
  assert.match(await helm3(['test', 'matinee', '--timeout', '3m']), /TEST SUITE:[^]*Phase: +Succeeded/); // Without any test it would succeed too.
});

/** Whether a program in a pod can connect to another pod. The packets of what is forbidden are dropped. */
async function connects(pod, container, to, port) {
  const { code, err } = await attempt(process.env.KUBECTL, [
    '--namespace', namespace, 'exec', pod, '--container', container, '--', 'timeout', '3', 'bash', '-c', `</dev/tcp/${to.status.podIP}/${port}`,
  ]);
  assert.ok([0, 1, 124].includes(code), err); // 124: by timeout.
  return code === 0;
}

onRelease('NetworkPolicies: what Matinee needs passes, and what no policy allows does not connect', async (t) => {
  // Any other pod of this namespace: an image with a shell, and no label of Matinee.
  const stranger = 'stranger';
  await apply({
    apiVersion: 'v1', kind: 'Pod', metadata: { name: stranger },
    spec: {
      terminationGracePeriodSeconds: 0,
      containers: [{ name: stranger, image: 'localhost/matinee-test-redis:latest', imagePullPolicy: 'Never', command: ['sleep', '3600'] }],
    },
  });
  t.after(async () => {
    await kubectl('delete', 'pod', stranger);
    await helm3(['upgrade', 'matinee', chart, '--wait', '--timeout', '4m'], values);
  });
  await eventually(async () => isReady(await get(`pod/${stranger}`)), 'another pod', READY_MS);
  const [[worker], [api], [redis], [postgres]] = await Promise.all(['worker', 'api', 'trial-redis', 'trial-postgresql'].map((component) => pods(component)));
  const from_worker = (to, port) => connects(worker.metadata.name, 'worker', to, port);
  const from_stranger = (to, port) => connects(stranger, stranger, to, port);
  assert.deepEqual([await from_stranger(redis, 6379), await from_worker(api, 8787)], [true, true], 'without policies');

  await helm3(['upgrade', 'matinee', chart, '--wait', '--timeout', '4m'], { ...values, networkPolicy: { enabled: true } });
  await eventually(async () => !(await from_stranger(redis, 6379)), 'the policies are enforced', READY_MS);
  assert.equal(await from_stranger(postgres, 5432), false, 'the database is for Matinee alone');
  assert.equal(await from_worker(api, 8787), false, 'a worker has no business with the page');
  assert.equal(await from_worker(redis, 6379), true);
  assert.equal(await from_stranger(api, 8787), true, 'the page is for all, without ingressFrom');
  assert.equal(await from_stranger(worker, 9464), true, 'metrics are for all pods, without metricsFrom');
  // Databases, names, media servers and event streams: everything that a capture and the page need.
  await assertScreenshot();
  assert.match(await helm3(['test', 'matinee', '--timeout', '3m']), /TEST SUITE:[^]*Phase: +Succeeded/);
  for (const pod of await pods('api')) assert.ok(isReady(pod), 'probes of the node pass');
});

onRelease('a pod has no privileges, and nothing in it can be changed', async () => {
  // Read from the node: an image without a shell cannot answer.
  for (const component of ['api', 'worker', 'demo']) {
    for (const pod of await pods(component)) {
      const inside = processes(pod).filter(({ name }) => name !== 'pause');
      assert.ok(inside.length > 0, component);
      for (const { pid, name } of inside) {
        const status = readFileSync(`/proc/${pid}/status`, 'utf8');
        const field = (key) => new RegExp(`^${key}:\\s*(.*)$`, 'm').exec(status)[1];
        assert.equal(field('Uid'), '65532\t65532\t65532\t65532', `${component}: ${name}`);
        assert.equal(field('CapEff'), '0000000000000000', name);
        assert.equal(field('CapBnd'), '0000000000000000', name);
        assert.equal(field('NoNewPrivs'), '1', name);
        assert.equal(field('Seccomp'), '2', name);
      }
      const { name } = pod.metadata;
      for (const container of pod.spec.containers.map((each) => each.name)) {
        const sh = (text) => attempt(process.env.KUBECTL, ['--namespace', namespace, 'exec', name, '--container', container, '--', 'sh', '-c', text]);
        assert.match((await sh('touch /usr/bin/x')).err, /Read-only file system/, `${component}/${container}`);
        assert.notEqual((await sh('ls /var/run/secrets/kubernetes.io')).code, 0, 'a token');
        assert.doesNotMatch((await sh('env')).out, /TOKEN=|API_KEY=|DATABASE_URL=|REDIS_URL=|password/i, 'secrets stand in files');
        assert.equal((await sh('touch /tmp/x && rm /tmp/x')).code, 0, '/tmp can be written to');
      }
    }
  }
  const [worker] = await pods('worker');
  const { err } = await attempt(process.env.KUBECTL, ['--namespace', namespace, 'exec', worker.metadata.name, '--', 'touch', '/media/films/x']);
  assert.match(err, /Read-only file system/);
});

onRelease('an idle api pod runs on 50m of a processor and 64Mi', async (t) => {
  const SECONDS = 20;
  const all = await pods('api');
  const used_before = all.map(cpuTime);
  const began = process.hrtime.bigint();
  await sleep(SECONDS * 1000);
  const passed = Number(process.hrtime.bigint() - began);
  all.forEach((pod, i) => {
    const milli = ((cpuTime(pod) - used_before[i]) / passed) * 1000;
    const mebi = workingSet(pod) / 2 ** 20;
    t.diagnostic(`${pod.metadata.name}: ${milli.toFixed(0)}m, ${mebi.toFixed(0)}Mi`);
    assert.ok(milli <= 50, `${milli}m`);
    assert.ok(mebi <= 64, `${mebi}Mi`);
    const requested = pod.spec.containers.map(({ resources }) => resources.requests);
    assert.ok(requested.reduce((sum, { cpu }) => sum + parseInt(cpu), 0) <= 50, 'it asks for no more');
    assert.ok(requested.reduce((sum, { memory }) => sum + parseInt(memory), 0) <= 64, 'it asks for no more');
  });
});

onRelease('a clip whose worker is killed is made by another', async (t) => {
  const { worker, clips } = await holdAClip();
  const began = Date.now();
  // Without a warning, as the kernel does when memory is short.
  signal(processes(worker).map(({ pid }) => pid), 'SIGKILL');
  await assertClips(clips);
  t.diagnostic(`worker killed in mid-clip: whole after ${((Date.now() - began) / 1000).toFixed(1)} s`);
  await settled('worker');
});

onRelease('PostgreSQL restarts: the api pods stay in the Service and say so, by 503 with Retry-After', async () => {
  const [{ metadata: { name } }] = await pods('trial-postgresql');
  await kubectl('scale', 'statefulset/matinee-trial-postgresql', '--replicas=0');
  await eventually(async () => (await attempt(process.env.KUBECTL, ['--namespace', namespace, 'get', 'pod', name])).code !== 0, 'PostgreSQL is gone');
  try {
    // Far longer than readiness takes to fail.
    for (const end = Date.now() + 20_000; Date.now() < end; await sleep(500)) {
      const response = await matinee.request('/api/captures');
      await response.text();
      if (response.status === 200) continue; // Its connections are not closed yet.
      assert.equal(response.status, 503);
      assert.ok(Number(response.headers.get('retry-after')) > 0);
      assert.equal((await matinee.request('/')).status, 200, 'the page stays');
    }
    assert.equal((await matinee.request('/api/captures')).status, 503);
    assert.ok((await pods('api')).every(isReady));
  } finally {
    await kubectl('scale', 'statefulset/matinee-trial-postgresql', '--replicas=1');
  }
  await eventually(async () => (await matinee.request('/api/captures')).status === 200, 'the gallery is back', READY_MS);
});

onRelease('helm upgrade to the next version under 50 requests a second: none fails', async (t) => {
  await underLoad(t, 'rolling upgrade', async () => {
    await helm4(['upgrade', 'matinee', chart, '--wait', '--timeout', '4m'], { ...values, image: { ...values.image, tag: NEXT_TAG } });
    await settled('api');
  });
  for (const { spec } of await pods('api')) for (const { image } of spec.containers) assert.ok(image.endsWith(NEXT_TAG), image);
  await settled('worker');
  await assertScreenshot();
});

const serving = async () => (await pods('api', isReady)).map(({ metadata }) => metadata.name).sort();

onRelease('an upgrade to an image that is not there leaves the old pods serving', async () => {
  const old = await serving();
  await helm4(['upgrade', 'matinee', chart, '--wait', '--timeout', '20s'], { ...values, image: { ...values.image, tag: 'nowhere' } }, { fails: true });
  assert.deepEqual(await serving(), old);
  await assertScreenshot();
});

onRelease('helm rollback under 50 requests a second: none fails', async (t) => {
  await underLoad(t, 'rollback', async () => {
    await helm4(['rollback', 'matinee', '1', '--wait', '--timeout', '4m']);
    await settled('api');
  });
  for (const { spec } of await pods('api')) for (const { image } of spec.containers) assert.ok(image.endsWith(`:${TAG}`), image);
  await settled('worker');
  await assertScreenshot();
});

onRelease('a node is drained, one pod of a kind at a time, and no request fails', async (t) => {
  t.after(() => kubectl('uncordon', 'node2'));
  await underLoad(t, 'drain', async () => {
    await kubectl('drain', 'node2', '--ignore-daemonsets', '--delete-emptydir-data', '--timeout=300s',
      '--skip-wait-for-delete-timeout=60');
    await settled('api');
    await settled('worker');
  });
  for (const component of ['api', 'worker']) assert.deepEqual([...new Set((await pods(component)).map(nodeOf))], ['node1'], component);

  // Both are on one node now. A drain may evict one, and the other only once there is a new one.
  const evictions = [];
  for (const { metadata } of await pods('api')) {
    const eviction = { apiVersion: 'policy/v1beta1', kind: 'Eviction', metadata: { name: metadata.name, namespace } };
    evictions.push(await attempt(process.env.KUBECTL, ['create', '--raw', `/api/v1/namespaces/${namespace}/pods/${metadata.name}/eviction`, '-f', '-'], JSON.stringify(eviction)));
  }
  assert.equal(evictions[0].code, 0, evictions[0].err);
  assert.match(evictions[1].err, /disruption budget/);
  await settled('api');
});

onRelease('a node that carries workers only is cut off: what they were making is made elsewhere within 60 s', async (t) => {
  // Since the drain, all pods are on node 1; the next worker goes to the emptier node.
  await kubectl('delete', 'pod', (await pods('worker'))[0].metadata.name);
  await settled('worker');
  const on_node2 = (await get('pods')).items.filter((pod) => nodeOf(pod) === 'node2');
  assert.deepEqual([...new Set(on_node2.map(({ metadata }) => metadata.labels['app.kubernetes.io/component']))], ['worker']);
  assert.ok((await pods('worker')).some((pod) => nodeOf(pod) === 'node1'), 'another worker is elsewhere');

  const { pids, clips } = await holdAClip((worker) => nodeOf(worker) === 'node2');
  const began = Date.now();
  await attempt('ip', ['link', 'set', 'node2', 'down']);
  try {
    await assertClips(clips);
    const seconds = (Date.now() - began) / 1000;
    t.diagnostic(`node cut off: all its clips made elsewhere after ${seconds.toFixed(1)} s`);
    assert.ok(seconds <= 60, `${seconds} s`);
    await nodeIsReady('node2', false);
    await assertScreenshot();
  } finally {
    await attempt('ip', ['link', 'set', 'node2', 'up']);
  }
  await nodeIsReady('node2');
  // The worker that was cut off wakes, and cannot spoil what another has made.
  signal(pids, 'SIGCONT');
  await settled('worker');
  await assertClips(clips);
});

onRelease('an upgrade with a wrong database password fails, says so, and leaves the old pods serving', async () => {
  const old = await serving();
  const trial = { ...values.trial, postgresql: { ...values.trial.postgresql, enabled: false } };
  const database = { url: 'postgres://matinee:wrong@matinee-trial-postgresql/matinee' };
  await helm4(['upgrade', 'matinee', chart, '--timeout', '2m'], { ...values, trial, database, migrate: { waitSeconds: 5 } }, { fails: true });
  const { items } = await get('pods', '--selector=app.kubernetes.io/component=migrate');
  const logs = await Promise.all(items.map(({ metadata }) => kubectl('logs', metadata.name).catch(() => ''))); // One may never have begun.
  assert.match(logs.join('\n'), /password authentication failed/);
  assert.deepEqual(await serving(), old);
  await assertScreenshot();
  await helm4(['upgrade', 'matinee', chart, '--wait', '--timeout', '5m'], values);
  await assertScreenshot();
});

onRelease('what is missing is reported: by Helm, in the pod\'s status or in its log', async (t) => {
  t.after(() => helm4(['uninstall', 'other', '--ignore-not-found']));
  const other = {
    image: values.image, mediaServers: values.mediaServers, media: values.media,
    database: { existingSecret: 'matinee-trial', existingSecretKey: 'DATABASE_URL' }, redis: { url: 'redis://nowhere:6379/0' },
    captures: { hostPath: { path: join(volumes, 'shared') }, accessModes: ['ReadWriteMany'] },
  };
  const of_other = (kind, component) => [kind, `--selector=app.kubernetes.io/instance=other,app.kubernetes.io/component=${component}`];

  await t.test('a Secret', async () => {
    const missing = { ...other, redis: { existingSecret: 'not-there' } };
    t.diagnostic(await helm4(['install', 'other', chart], missing, { fails: true }).then((text) => /.*not-there.*/.exec(text)[0]));
    await helm4(['install', 'other', chart], { ...missing, checkSecrets: false });
    await eventually(async () => /"not-there" not found/.test(await kubectl('get', 'events')), 'an event that names it', READY_MS);
  });

  await t.test('a Redis', async () => {
    await helm4(['upgrade', 'other', chart], other);
    const log = await eventually(async () => {
      // The pod of the version before has no log: it waits for its Secret.
      const workers = (await get(...of_other('pods', 'worker'))).items;
      const logs = await Promise.all(workers.map(({ metadata }) => kubectl('logs', metadata.name, '--container=worker').catch(() => '')));
      return /Redis cannot be reached at nowhere:6379[^"]*/.exec(logs.join(''))?.[0];
    }, 'a line in the log', READY_MS);
    t.diagnostic(log);
    assert.ok((await get(...of_other('pods', 'worker'))).items.every((pod) => !isReady(pod)), 'not ready');
  });

  await t.test('the films', async () => {
    await helm4(['upgrade', 'other', chart], { ...other, media: [{ name: 'films', mountPath: '/media/films', hostPath: { path: '/no/such/films' } }] });
    await eventually(async () => /\/no\/such\/films is not a directory/.test(await kubectl('get', 'events')), 'an event that names the folder', READY_MS);
  });
});

onRelease('helm uninstall leaves the captures, and an install with Helm 4 finds them and the gallery', async () => {
  const gallery = async () => {
    const { status, json } = await matinee.get('/api/captures');
    assert.equal(status, 200, JSON.stringify(json));
    return json;
  };
  const before_ = await gallery();
  await helm4(['uninstall', 'matinee', '--wait', '--timeout', '2m']);
  await eventually(async () => !(await get('pods')).items.some(isThere), 'the pods are gone', READY_MS);
  await kubectl('delete', 'pods', '--all', '--force', '--grace-period=0'); // Those that were forgotten.
  const left = (await get('all,ingress,configmap,serviceaccount,pdb')).items.filter(({ metadata }) => metadata.labels?.['app.kubernetes.io/instance'] === 'matinee');
  assert.deepEqual(left.map(({ kind, metadata }) => `${kind}/${metadata.name}`), []);
  const claims = (await get('persistentvolumeclaims')).items.map(({ metadata, status }) => `${metadata.name} ${status.phase}`);
  assert.ok(claims.includes('matinee-captures Bound'), claims.join(', '));

  await helm4(['install', 'matinee', chart, '--wait', '--timeout', '5m'], values);
  await matinee.ready();
  await matinee.session((session) => session.title === 'A film');
  assert.deepEqual(await gallery(), before_);
  await assertScreenshot();
});
