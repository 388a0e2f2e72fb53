// What every set of objects must keep, whoever wrote it. Each policy gives sentences, one for each fault.

/** What the pod security standard "restricted" allows, of what is used here. */
const RESTRICTED_VOLUMES = ['configMap', 'emptyDir', 'persistentVolumeClaim', 'projected', 'secret'];

const MATINEE = /(^|\/)matinee(:|@|$)/;

/** Everything that makes pods, as { name, object, spec, labels }. */
export function podsOf(objects) {
  return objects.flatMap((object) => {
    const template = { CronJob: object.spec?.jobTemplate?.spec?.template, Pod: { spec: object.spec, metadata: object.metadata } }[object.kind] ?? object.spec?.template;
    if (!template?.spec?.containers) return [];
    return [{ name: `${object.kind} ${object.metadata.name}`, object, spec: template.spec, labels: template.metadata?.labels ?? {} }];
  });
}

const containersOf = ({ spec }) => [...(spec.initContainers ?? []), ...spec.containers];
export const isMatinee = ({ image }) => MATINEE.test(image);

/** Of the processors that it requests, Kubernetes tells a container whole ones, rounded up. */
const ofItself = ({ resourceFieldRef: ref }, { resources }) => (ref?.resource === 'requests.cpu' ? String(Math.ceil(milli(resources.requests.cpu) / 1000)) : null);

/** The settings that stand in the objects themselves, and what comes from Secrets as null. */
export function environmentOf(container, objects) {
  const config = (name) => objects.find(({ kind, metadata }) => kind === 'ConfigMap' && metadata.name === name)?.data ?? {};
  return Object.assign(
    {},
    ...(container.envFrom ?? []).map(({ configMapRef }) => (configMapRef ? config(configMapRef.name) : {})),
    Object.fromEntries((container.env ?? []).map(({ name, value, valueFrom }) => [name, valueFrom ? ofItself(valueFrom, container) : String(value ?? '')])),
  );
}

const SECONDS = { s: 1, m: 60, h: 3600 };
const seconds = (text) => Number(text.slice(0, -1)) * SECONDS[text.at(-1)];
const milli = (cpu) => (String(cpu).endsWith('m') ? Number(cpu.slice(0, -1)) : Number(cpu) * 1000);
const mebi = (memory) => Number(/^(\d+)([MG])i$/.exec(memory)[1]) * (memory.endsWith('Gi') ? 1024 : 1);
const within = (selector, labels) => Object.entries(selector ?? {}).every(([key, value]) => labels[key] === value);

function hardening(pod, objects, { anyVolume = false }) {
  const { spec } = pod;
  const context = spec.securityContext ?? {};
  const found = [];
  const expect = (right, what) => right || found.push(what);
  expect(spec.automountServiceAccountToken === false, 'gets a token');
  expect(spec.enableServiceLinks === false, 'gets variables for every Service');
  expect(!spec.hostNetwork && !spec.hostPID && !spec.hostIPC, "shares the machine's namespaces");
  expect(context.runAsNonRoot === true && context.runAsUser > 0 && context.runAsGroup > 0, 'may run as root');
  expect(context.seccompProfile?.type === 'RuntimeDefault', 'has no seccomp profile');
  for (const { name, ...source } of spec.volumes ?? []) {
    expect(anyVolume || RESTRICTED_VOLUMES.includes(Object.keys(source)[0]), `has a volume ${name} (${Object.keys(source)[0]}) that pod security forbids: use a PersistentVolume`);
  }
  expect((spec.volumes ?? []).every(({ emptyDir }) => !emptyDir || emptyDir.sizeLimit), 'has an emptyDir without limit');
  for (const container of containersOf(pod)) {
    const own = container.securityContext ?? {};
    const of = (what) => `${container.name} ${what}`;
    if (isMatinee(container)) expect(context.runAsUser === 65532 && context.runAsGroup === 65532, of('is not user 65532'));
    expect(own.allowPrivilegeEscalation === false, of('may become more than it is'));
    expect(own.readOnlyRootFilesystem === true, of('can write to its root'));
    expect(own.capabilities?.drop?.includes('ALL') && !own.capabilities.add, of('has capabilities'));
    expect(!own.privileged && own.runAsUser === undefined && own.runAsNonRoot === undefined, of('has a user of its own'));
    expect(/:[^:/]+$/.test(container.image) && !container.image.endsWith(':latest'), of(`is of no fixed version: ${container.image}`));
    expect(container.resources?.requests?.cpu && container.resources.requests.memory, of('requests nothing'));
    expect(container.resources?.limits?.memory, of('has no limit of memory'));
    expect(!container.resources?.limits?.cpu, of('has a limit of processors'));
  }
  return found;
}

const withoutProtocol = (ports = []) => ports.filter(({ protocol }) => !protocol).map(({ name }) => `the port ${name} names no protocol`);

/** It has a default, but server-side apply (Helm 4's way) to Kubernetes before 1.21 does not know it, and refuses. */
const protocols = ({ spec }) => containersOf({ spec }).flatMap(({ ports }) => withoutProtocol(ports));

function probes({ object, spec }) {
  // What runs to its end is asked nothing.
  if (['Job', 'CronJob', 'Pod'].includes(object.kind)) return [];
  return spec.containers.flatMap(({ name, ports = [], ...container }) =>
    ['startupProbe', 'livenessProbe', 'readinessProbe'].flatMap((kind) => {
      const probe = container[kind];
      if (!probe) return [`${name} has no ${kind}`];
      const port = probe.httpGet?.port ?? probe.tcpSocket?.port;
      if (port !== undefined && !ports.some((one) => one.name === port)) return [`${name}'s ${kind} asks the port ${port}, which is none of its own`];
      return [];
    }));
}

function volumes({ object, spec }, objects) {
  const found = [];
  const claims = objects.filter(({ kind }) => kind === 'PersistentVolumeClaim').map(({ metadata }) => metadata.name);
  const configs = objects.filter(({ kind }) => kind === 'ConfigMap').map(({ metadata }) => metadata.name);
  const names = [...(spec.volumes ?? []), ...(object.spec.volumeClaimTemplates ?? []).map(({ metadata }) => metadata)].map(({ name }) => name);
  const mounted = containersOf({ spec }).flatMap(({ volumeMounts = [] }) => volumeMounts);
  for (const { name } of mounted) if (!names.includes(name)) found.push(`mounts ${name}, which is no volume`);
  for (const name of names) if (!mounted.some((mount) => mount.name === name)) found.push(`nobody mounts ${name}`);
  for (const { name, persistentVolumeClaim: claim, configMap } of spec.volumes ?? []) {
    if (claim && !claims.includes(claim.claimName)) found.push(`there is no claim ${claim.claimName}`);
    if (configMap && !configs.includes(configMap.name)) found.push(`there is no ConfigMap ${configMap.name}`);
    // Films are only ever read.
    const isMedia = mounted.some((mount) => mount.name === name && mount.mountPath.startsWith('/media'));
    if (isMedia && !((!claim || claim.readOnly) && mounted.every((mount) => mount.name !== name || mount.readOnly))) found.push(`can write to ${name}`);
  }
  return found;
}

function environment(pod, objects, { settings }) {
  const configs = objects.filter(({ kind }) => kind === 'ConfigMap').map(({ metadata }) => metadata.name);
  return containersOf(pod).flatMap((container) => {
    const found = [];
    for (const { configMapRef } of container.envFrom ?? []) {
      if (!configs.includes(configMapRef?.name)) found.push(`${container.name}: there is no ConfigMap ${configMapRef?.name}`);
    }
    const before = new Set();
    for (const { name, value } of container.env ?? []) {
      if (before.has(name)) found.push(`${container.name}: ${name} is set twice`);
      // Kubernetes puts in only what stands further up, and leaves the rest as it is.
      for (const [, used] of String(value ?? '').matchAll(/\$\(([^)]+)\)/g)) {
        if (!before.has(used)) found.push(`${container.name}: ${name} uses ${used}, which is not set before it`);
        before.add(`used ${used}`);
      }
      before.add(name);
    }
    if (!isMatinee(container)) return found;
    for (const name of Object.keys(environmentOf(container, objects))) {
      if (!settings.has(name) && !before.has(`used ${name}`)) found.push(`${container.name}: there is no setting ${name}`);
    }
    return found;
  });
}

/** What drains must have the time for it, and the API must outlive the edge before it. */
function draining(pod, objects) {
  const found = [];
  const grace = pod.spec.terminationGracePeriodSeconds ?? 30;
  const of = (role) => pod.spec.containers.find(({ args }) => args?.[0] === role);
  const setting = (role, name) => seconds(environmentOf(of(role), objects)[name] ?? '0s');
  if (of('worker') && grace <= setting('worker', 'STOP_GRACE')) found.push('is killed before STOP_GRACE is over');
  if (of('edge') && of('api')) {
    if (setting('edge', 'DRAIN_DELAY') < 5) found.push('stops before those who send requests have noticed');
    // The edge gives running requests 20 s when it has stopped taking new ones, and they need an API.
    if (setting('api', 'DRAIN_DELAY') <= setting('edge', 'DRAIN_DELAY') + 20) found.push('stops the API before the edge');
    if (grace < setting('api', 'DRAIN_DELAY') + 20) found.push('is killed while it drains');
    const requests = pod.spec.containers.map(({ resources }) => resources.requests);
    const cpu = requests.reduce((sum, { cpu: one }) => sum + milli(one), 0);
    const memory = requests.reduce((sum, { memory: one }) => sum + mebi(one), 0);
    if (cpu > 50 || memory > 64) found.push(`requests ${cpu}m and ${memory}Mi for an API that does nothing`);
  }
  return found;
}

function selectors(objects) {
  const pods = podsOf(objects);
  const selected = (selector) => pods.filter(({ labels }) => selector && Object.keys(selector).length > 0 && within(selector, labels));
  return objects.flatMap((object) => {
    const { kind, spec, metadata } = object;
    const name = `${kind} ${metadata.name}`;
    const found = [];
    const expect = (right, what) => right || found.push(`${name} ${what}`);
    if (kind === 'Service') {
      const chosen = selected(spec.selector);
      expect(chosen.length === 1, `selects ${chosen.length} kinds of pods`);
      const ports = chosen.flatMap((pod) => pod.spec.containers).flatMap(({ ports: own = [] }) => own.map((port) => port.name));
      for (const what of withoutProtocol(spec.ports)) expect(false, what);
      for (const { targetPort } of spec.ports) expect(ports.includes(targetPort), `goes to the port ${targetPort}, which its pods have not`);
    }
    if (kind === 'NetworkPolicy') {
      const chosen = selected(spec.podSelector.matchLabels);
      expect(chosen.length > 0, 'selects no pod');
      const ports = chosen.flatMap((pod) => pod.spec.containers).flatMap(({ ports: own = [] }) => own.map((port) => port.name));
      for (const { port } of (spec.ingress ?? []).flatMap((rule) => rule.ports ?? [])) expect(ports.includes(port), `opens ${port}, which its pods have not`);
    }
    if (kind === 'PodDisruptionBudget') {
      expect(selected(spec.selector.matchLabels).length === 1, 'selects no pod, or several kinds');
      expect(spec.maxUnavailable === 1, 'could keep a machine from being drained');
    }
    if (['Deployment', 'StatefulSet'].includes(kind)) {
      expect(within(spec.selector.matchLabels, spec.template.metadata.labels), 'does not select its own pods');
      expect(selected(spec.selector.matchLabels).length === 1, "selects another's pods");
      for (const { labelSelector } of spec.template.spec.topologySpreadConstraints ?? []) {
        expect(within(labelSelector.matchLabels, spec.template.metadata.labels), 'spreads others than its own pods');
      }
    }
    if (kind === 'Ingress') {
      for (const { backend } of spec.rules.flatMap((rule) => rule.http.paths)) {
        const service = objects.find((one) => one.kind === 'Service' && one.metadata.name === backend.service.name);
        expect(service?.spec.ports.some((port) => port.name === backend.service.port.name), `leads to no Service: ${backend.service.name}`);
      }
    }
    if (kind === 'HTTPRoute') {
      for (const backend of spec.rules.flatMap((rule) => rule.backendRefs)) {
        const service = objects.find((one) => one.kind === 'Service' && one.metadata.name === backend.name);
        expect(service?.spec.ports.some(({ port }) => port === backend.port), `leads to no Service: ${backend.name}`);
      }
    }
    return found;
  });
}

const onOneMachine = ({ affinity }) =>
  (affinity?.podAffinity?.requiredDuringSchedulingIgnoredDuringExecution ?? []).some(({ topologyKey }) => topologyKey === 'kubernetes.io/hostname');

/** A volume that one machine at a time can have is for pods on one machine. */
function sharing(objects) {
  return objects.filter(({ kind, spec }) => kind === 'PersistentVolumeClaim' && !spec.accessModes.some((mode) => mode.endsWith('Many'))).flatMap(({ metadata }) =>
    objects.filter(({ kind, spec }) => kind === 'Deployment' && spec.replicas > 1 && !onOneMachine(spec.template.spec)
      && (spec.template.spec.volumes ?? []).some(({ persistentVolumeClaim: claim }) => claim?.claimName === metadata.name))
      .map((object) => `${object.metadata.name} has ${object.spec.replicas} pods on ${metadata.name}, which one machine at a time can have`));
}

/**
 * Everything that is wrong with a set of objects that are installed together. `settings`: the names that Matinee knows; `anyVolume`:
 * folders of the node or of a NAS were asked for, which pod security forbids.
 */
export function problems(objects, { settings, anyVolume }) {
  const ofPods = podsOf(objects).flatMap((pod) =>
    [hardening, protocols, probes, volumes, environment, draining].flatMap((policy) => policy(pod, objects, { settings, anyVolume })).map((what) => `${pod.name}: ${what}`));
  return [...ofPods, ...selectors(objects), ...sharing(objects)];
}

/** Secrets that pods cannot start without, as "name/key". */
export function secretsOf(objects) {
  return new Set(podsOf(objects).flatMap(containersOf).flatMap(({ env = [] }) => env).map(({ valueFrom }) => valueFrom?.secretKeyRef)
    .filter((ref) => ref && !ref.optional).map(({ name, key }) => `${name}/${key}`));
}
