// Policies that every set of objects must keep. Each policy returns one sentence for each fault.

/** Volumes in use that the pod security standard "restricted" allows. */
const RESTRICTED_VOLUMES = ['configMap', 'emptyDir', 'persistentVolumeClaim', 'projected', 'secret'];

const MATINEE = /(^|\/)matinee(:|@|$)/;

/** All objects that create pods, as { name, object, spec, labels }. */
export function podsOf(objects) {
  return objects.flatMap((object) => {
    const template = { CronJob: object.spec?.jobTemplate?.spec?.template, Pod: { spec: object.spec, metadata: object.metadata } }[object.kind] ?? object.spec?.template;
    if (!template?.spec?.containers) return [];
    return [{ name: `${object.kind} ${object.metadata.name}`, object, spec: template.spec, labels: template.metadata?.labels ?? {} }];
  });
}

const containersOf = ({ spec }) => [...(spec.initContainers ?? []), ...spec.containers];
export const isMatinee = ({ image }) => MATINEE.test(image);

/** Kubernetes rounds requested CPUs up to whole ones in a resourceFieldRef. */
const resolveField = ({ resourceFieldRef: ref }, { resources }) => (ref?.resource === 'requests.cpu' ? String(Math.ceil(milli(resources.requests.cpu) / 1000)) : null);

/** The environment of a container from the objects; values from Secrets are null. */
export function environmentOf(container, objects) {
  const config = (name) => objects.find(({ kind, metadata }) => kind === 'ConfigMap' && metadata.name === name)?.data ?? {};
  return Object.assign(
    {},
    ...(container.envFrom ?? []).map(({ configMapRef }) => (configMapRef ? config(configMapRef.name) : {})),
    Object.fromEntries((container.env ?? []).map(({ name, value, valueFrom }) => [name, valueFrom ? resolveField(valueFrom, container) : String(value ?? '')])),
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
  expect((spec.volumes ?? []).every(({ emptyDir }) => !emptyDir || emptyDir.sizeLimit), 'has an emptyDir without a limit');
  for (const container of containersOf(pod)) {
    const own = container.securityContext ?? {};
    const of = (what) => `${container.name} ${what}`;
    if (isMatinee(container)) expect(context.runAsUser === 65532 && context.runAsGroup === 65532, of('is not user 65532'));
    expect(own.allowPrivilegeEscalation === false, of('may escalate its privileges'));
    expect(own.readOnlyRootFilesystem === true, of('has a writable root file system'));
    expect(own.capabilities?.drop?.includes('ALL') && !own.capabilities.add, of('has capabilities'));
    expect(!own.privileged && own.runAsUser === undefined && own.runAsNonRoot === undefined, of('overrides the user of the pod'));
    expect(/:[^:/]+$/.test(container.image) && !container.image.endsWith(':latest'), of(`has no fixed version: ${container.image}`));
    expect(container.resources?.requests?.cpu && container.resources.requests.memory, of('requests nothing'));
    expect(container.resources?.limits?.memory, of('has no memory limit'));
    expect(!container.resources?.limits?.cpu, of('has a CPU limit'));
  }
  return found;
}

const withoutProtocol = (ports = []) => ports.filter(({ protocol }) => !protocol).map(({ name }) => `the port ${name} has no protocol`);

/** The protocol has a default, but server-side apply (Helm 4) on Kubernetes before 1.21 requires it. */
const protocols = ({ spec }) => containersOf({ spec }).flatMap(({ ports }) => withoutProtocol(ports));

function probes({ object, spec }) {
  // Pods that run to completion need no probes.
  if (['Job', 'CronJob', 'Pod'].includes(object.kind)) return [];
  return spec.containers.flatMap(({ name, ports = [], ...container }) =>
    ['startupProbe', 'livenessProbe', 'readinessProbe'].flatMap((kind) => {
      const probe = container[kind];
      if (!probe) return [`${name} has no ${kind}`];
      const port = probe.httpGet?.port ?? probe.tcpSocket?.port;
      if (port !== undefined && !ports.some((one) => one.name === port)) return [`${name}'s ${kind} uses the port ${port}, which is not one of its ports`];
      return [];
    }));
}

function volumes({ object, spec }, objects) {
  const found = [];
  const claims = objects.filter(({ kind }) => kind === 'PersistentVolumeClaim').map(({ metadata }) => metadata.name);
  const configs = objects.filter(({ kind }) => kind === 'ConfigMap').map(({ metadata }) => metadata.name);
  const names = [...(spec.volumes ?? []), ...(object.spec.volumeClaimTemplates ?? []).map(({ metadata }) => metadata)].map(({ name }) => name);
  const mounted = containersOf({ spec }).flatMap(({ volumeMounts = [] }) => volumeMounts);
  for (const { name } of mounted) if (!names.includes(name)) found.push(`mounts ${name}, which is not a volume`);
  for (const name of names) if (!mounted.some((mount) => mount.name === name)) found.push(`${name} is not mounted`);
  for (const { name, persistentVolumeClaim: claim, configMap } of spec.volumes ?? []) {
    if (claim && !claims.includes(claim.claimName)) found.push(`there is no claim ${claim.claimName}`);
    if (configMap && !configs.includes(configMap.name)) found.push(`there is no ConfigMap ${configMap.name}`);
    // Media files must be read-only.
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
      // Kubernetes expands only variables that are set before it.
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

/** Pods need enough time to drain, and the API must serve until the edge has drained. */
function draining(pod, objects) {
  const found = [];
  const grace = pod.spec.terminationGracePeriodSeconds ?? 30;
  const of = (role) => pod.spec.containers.find(({ args }) => args?.[0] === role);
  const setting = (role, name) => seconds(environmentOf(of(role), objects)[name] ?? '0s');
  if (of('worker') && grace <= setting('worker', 'STOP_GRACE')) found.push('is killed before STOP_GRACE is over');
  if (of('edge') && of('api')) {
    if (setting('edge', 'DRAIN_DELAY') < 5) found.push('stops before load balancers have noticed');
    // After its drain the edge waits 20 s for requests in flight, which need the API.
    if (setting('api', 'DRAIN_DELAY') <= setting('edge', 'DRAIN_DELAY') + 20) found.push('stops the API before the edge');
    if (grace < setting('api', 'DRAIN_DELAY') + 20) found.push('is killed while it drains');
    const requests = pod.spec.containers.map(({ resources }) => resources.requests);
    const cpu = requests.reduce((sum, { cpu: one }) => sum + milli(one), 0);
    const memory = requests.reduce((sum, { memory: one }) => sum + mebi(one), 0);
    if (cpu > 50 || memory > 64) found.push(`requests ${cpu}m and ${memory}Mi for an idle API`);
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
      expect(chosen.length === 1, `selects pods of ${chosen.length} workloads`);
      const ports = chosen.flatMap((pod) => pod.spec.containers).flatMap(({ ports: own = [] }) => own.map((port) => port.name));
      for (const what of withoutProtocol(spec.ports)) expect(false, what);
      for (const { targetPort } of spec.ports) expect(ports.includes(targetPort), `uses the port ${targetPort}, which its pods do not have`);
    }
    if (kind === 'NetworkPolicy') {
      const chosen = selected(spec.podSelector.matchLabels);
      expect(chosen.length > 0, 'selects no pod');
      const ports = chosen.flatMap((pod) => pod.spec.containers).flatMap(({ ports: own = [] }) => own.map((port) => port.name));
      for (const { port } of (spec.ingress ?? []).flatMap((rule) => rule.ports ?? [])) expect(ports.includes(port), `opens ${port}, which its pods do not have`);
    }
    if (kind === 'PodDisruptionBudget') {
      expect(selected(spec.selector.matchLabels).length === 1, 'does not select the pods of exactly one workload');
      expect(spec.maxUnavailable === 1, 'could block the drain of a machine');
    }
    if (['Deployment', 'StatefulSet'].includes(kind)) {
      expect(within(spec.selector.matchLabels, spec.template.metadata.labels), 'does not select its own pods');
      expect(selected(spec.selector.matchLabels).length === 1, 'selects pods of another workload');
      for (const { labelSelector } of spec.template.spec.topologySpreadConstraints ?? []) {
        expect(within(labelSelector.matchLabels, spec.template.metadata.labels), 'spreads pods of another workload');
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

/** Pods that share a volume without a *Many access mode must run on one machine. */
function sharing(objects) {
  return objects.filter(({ kind, spec }) => kind === 'PersistentVolumeClaim' && !spec.accessModes.some((mode) => mode.endsWith('Many'))).flatMap(({ metadata }) =>
    objects.filter(({ kind, spec }) => kind === 'Deployment' && spec.replicas > 1 && !onOneMachine(spec.template.spec)
      && (spec.template.spec.volumes ?? []).some(({ persistentVolumeClaim: claim }) => claim?.claimName === metadata.name))
      .map((object) => `${object.metadata.name} has ${object.spec.replicas} pods on ${metadata.name}, which only one machine can mount`));
}

/**
 * Returns all faults of a set of objects that are installed together. `settings`: the names of Matinee's settings; `anyVolume`: the
 * values ask for folders of the node or of a NAS, which pod security forbids.
 */
export function problems(objects, { settings, anyVolume }) {
  const ofPods = podsOf(objects).flatMap((pod) =>
    [hardening, protocols, probes, volumes, environment, draining].flatMap((policy) => policy(pod, objects, { settings, anyVolume })).map((what) => `${pod.name}: ${what}`));
  return [...ofPods, ...selectors(objects), ...sharing(objects)];
}

/** Secrets that pods need to start, as "name/key". */
export function secretsOf(objects) {
  return new Set(podsOf(objects).flatMap(containersOf).flatMap(({ env = [] }) => env).map(({ valueFrom }) => valueFrom?.secretKeyRef)
    .filter((ref) => ref && !ref.optional).map(({ name, key }) => `${name}/${key}`));
}
