// What the Prometheus operator makes of a ServiceMonitor or a PodMonitor: scrape configurations with relabelling, as its documentation of
// the API says (https://prometheus-operator.dev/docs/api-reference/api/). Only the fields that the chart uses.

const labelName = (name) => name.replaceAll(/[^a-zA-Z0-9_]/g, '_');
const escaped = (text) => text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');

/** Keeps objects with these labels; `of` is `pod` or `service`. */
function keepSelected(selector, of) {
  const keep = (key, values) => ({
    action: 'keep', source_labels: [`__meta_kubernetes_${of}_label_${labelName(key)}`, `__meta_kubernetes_${of}_labelpresent_${labelName(key)}`],
    regex: `(${values.map(escaped).join('|')});true`,
  });
  const rules = Object.entries(selector.matchLabels ?? {}).map(([key, value]) => keep(key, [value]));
  for (const { key, operator, values } of selector.matchExpressions ?? []) {
    if (operator !== 'In') throw new Error(`the operator ${operator} is not known here`);
    rules.push(keep(key, values));
  }
  return rules;
}

const from = (source, target_label) => ({ source_labels: [`__meta_kubernetes_${source}`], target_label });

/** The relabelling of a target that a port's name chooses. */
function ofService({ spec }, { port }) {
  return [
    ...keepSelected(spec.selector, 'service'),
    { action: 'keep', source_labels: ['__meta_kubernetes_endpoint_port_name'], regex: port },
    from('namespace', 'namespace'), from('service_name', 'service'), from('pod_name', 'pod'), from('pod_container_name', 'container'),
    from('service_name', 'job'),
    ...(spec.jobLabel ? [{ ...from(`service_label_${labelName(spec.jobLabel)}`, 'job'), regex: '(.+)', replacement: '${1}' }] : []),
    { target_label: 'endpoint', replacement: port },
  ];
}

function ofPod({ metadata, spec }, { port }) {
  return [
    { action: 'drop', source_labels: ['__meta_kubernetes_pod_phase'], regex: '(Failed|Succeeded)' },
    ...keepSelected(spec.selector, 'pod'),
    { action: 'keep', source_labels: ['__meta_kubernetes_pod_container_port_name'], regex: port },
    from('namespace', 'namespace'), from('pod_container_name', 'container'), from('pod_name', 'pod'),
    { target_label: 'job', replacement: `${metadata.namespace}/${metadata.name}` },
    ...(spec.jobLabel ? [{ ...from(`pod_label_${labelName(spec.jobLabel)}`, 'job'), regex: '(.+)', replacement: '${1}' }] : []),
    { target_label: 'endpoint', replacement: port },
  ];
}

/** Labels as Kubernetes' discovery writes them. */
const metaLabels = (of, labels = {}) => Object.assign({}, ...Object.entries(labels).map(([key, value]) => ({
  [`__meta_kubernetes_${of}_label_${labelName(key)}`]: value, [`__meta_kubernetes_${of}_labelpresent_${labelName(key)}`]: 'true',
})));

/** What Prometheus discovers of a pod: a target for each port of each container. */
function discoveredPod({ metadata, spec, status }) {
  return spec.containers.flatMap(({ name, ports = [] }) => ports.map((port) => ({
    targets: [`${status.podIP}:${port.containerPort}`],
    labels: {
      __meta_kubernetes_namespace: metadata.namespace, __meta_kubernetes_pod_name: metadata.name, __meta_kubernetes_pod_phase: status.phase,
      __meta_kubernetes_pod_container_name: name, __meta_kubernetes_pod_container_port_name: port.name, ...metaLabels('pod', metadata.labels),
    },
  })));
}

/** What it discovers of a Service: a target for each pod and port, ready or not. */
function discoveredService({ metadata, spec }, pods) {
  const chosen = pods.filter((pod) => pod.metadata.namespace === metadata.namespace &&
    Object.entries(spec.selector).every(([key, value]) => pod.metadata.labels[key] === value));
  return chosen.flatMap((pod) => spec.ports.flatMap(({ name, targetPort }) => {
    const container = pod.spec.containers.find(({ ports = [] }) => ports.some((port) => port.name === targetPort));
    const { containerPort } = container.ports.find((port) => port.name === targetPort);
    return {
      targets: [`${pod.status.podIP}:${containerPort}`],
      labels: {
        __meta_kubernetes_namespace: metadata.namespace, __meta_kubernetes_service_name: metadata.name, __meta_kubernetes_endpoint_port_name: name,
        __meta_kubernetes_pod_name: pod.metadata.name, __meta_kubernetes_pod_container_name: container.name,
        ...metaLabels('service', metadata.labels), ...metaLabels('pod', pod.metadata.labels),
      },
    };
  }));
}

/**
 * Prometheus' scrape_configs for a monitor. Debian's Prometheus is built without Kubernetes' discovery, so what that would find is written
 * down: the meta labels of https://prometheus.io/docs/prometheus/latest/configuration/configuration/#kubernetes_sd_config. All else is
 * Prometheus' work.
 */
export function scrapeConfigs(monitor, { pods, services }) {
  const { kind, metadata, spec } = monitor;
  const [endpoints, relabel, found] = kind === 'PodMonitor'
    ? [spec.podMetricsEndpoints, ofPod, pods.flatMap(discoveredPod)]
    : [spec.endpoints, ofService, services.flatMap((service) => discoveredService(service, pods))];
  return endpoints.map((endpoint, index) => ({
    job_name: `${kind}/${metadata.namespace}/${metadata.name}/${index}`, scrape_interval: endpoint.interval, scrape_timeout: '1s',
    static_configs: found, relabel_configs: relabel(monitor, endpoint),
  }));
}
