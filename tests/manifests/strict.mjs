// Validates an object against the schema of its apiVersion and kind; unknown fields are errors.
import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);

/** Kinds without a schema on npm; these were reviewed against their documentation. */
export const WITHOUT_SCHEMA = ['postgresql.cnpg.io/v1 Cluster'];

/** "networking.k8s.io/v1" of package "kubernetes-models" is its folder networking.k8s.io/v1. */
function modelOf({ apiVersion, kind }) {
  const packages = {
    'gateway.networking.k8s.io': '@kubernetes-models/gateway-api',
    'keda.sh': '@kubernetes-models/keda',
    'monitoring.coreos.com': '@kubernetes-models/prometheus-operator',
    'traefik.io': '@kubernetes-models/traefik',
  };
  const group = apiVersion.includes('/') ? apiVersion.split('/')[0] : '';
  try {
    return require(`${packages[group] ?? 'kubernetes-models'}/${apiVersion}/${kind}`)[kind];
  } catch (error) {
    if (error.code !== 'MODULE_NOT_FOUND' && error.code !== 'ERR_PACKAGE_PATH_NOT_EXPORTED') throw error;
    return null;
  }
}

/**
 * The schemas accept unknown fields, but validation reads only known fields. It enumerates the keys of an object only if the object is a
 * map with arbitrary keys. So a field that was never read is unknown.
 */
function watched(value, path, unread) {
  if (value === null || typeof value !== 'object') return value;
  const isArray = Array.isArray(value);
  const children = new Map();
  for (const [key, child] of Object.entries(value)) {
    const at = isArray ? `${path}[${key}]` : `${path}.${key}`;
    children.set(key, watched(child, at, unread));
    if (!isArray) unread.add(at);
  }
  return new Proxy(value, {
    get(target, key) {
      unread.delete(`${path}.${String(key)}`);
      return children.has(key) ? children.get(key) : target[key];
    },
    ownKeys(target) {
      for (const key of Object.keys(target)) unread.delete(`${path}.${key}`);
      return Reflect.ownKeys(target);
    },
  });
}

/** Returns one sentence for each fault. */
export function faults(object) {
  const what = `${object.apiVersion} ${object.kind}`;
  if (WITHOUT_SCHEMA.includes(what)) return [];
  const model = modelOf(object);
  if (!model) return [`there is no ${what}`];
  const name = `${object.kind} ${object.metadata?.name}`;
  const unread = new Set();
  const found = [];
  try {
    watched(Object.setPrototypeOf({ ...object }, model.prototype), '', unread).validate();
  } catch (error) {
    found.push(`${name}: ${error.message}`);
  }
  // Fields within an unknown field are not reported.
  const outermost = [...unread].filter((at) => ![...unread].some((other) => at.startsWith(`${other}.`) || at.startsWith(`${other}[`)));
  return [...found, ...outermost.map((at) => `${name}: unknown field ${at.slice(1)}`)];
}
