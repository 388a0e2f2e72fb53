// compose.yaml and env.example, held against what the program and the documents say.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { test } from 'node:test';
import { root } from '../lib/matinee.mjs';

const { parse } = createRequire(join(root, 'web/package.json'))('yaml');
const read = (path) => readFileSync(join(root, path), 'utf8');
const compose = read('compose.yaml');
const { services } = parse(compose, { merge: true });
const ours = Object.entries(services).filter(([, { image }]) => image.includes('matinee'));

test('the profile default is the one service that is everything, the profile cluster the others', () => {
  const of = (profile) => Object.keys(services).filter((name) => services[name].profiles?.includes(profile));
  assert.deepEqual(of('default'), ['matinee']);
  assert.deepEqual(services.matinee.command, ['up']);
  assert.deepEqual([...of('cluster'), 'matinee'].sort(), Object.keys(services).sort());
  // What env.example says is what a plain `up` starts.
  assert.match(read('env.example'), /^COMPOSE_PROFILES=default$/m);
});

test('every service is without rights, and writes to its volumes and /tmp alone', () => {
  for (const [name, service] of Object.entries(services)) {
    assert.equal(service.read_only, true, name);
    assert.deepEqual(service.cap_drop, ['ALL'], name);
    assert.deepEqual(service.security_opt, ['no-new-privileges:true'], name);
    assert.ok(service.tmpfs.includes('/tmp'), name);
    assert.doesNotMatch(service.user, /^(0|root)/, name);
    assert.equal(service.privileged, undefined, name);
  }
});

test('the films are mounted read-only, wherever a role of ours could see them', () => {
  for (const [name, { volumes }] of ours) {
    const mounts = volumes.filter((volume) => !volume.endsWith(':/data'));
    assert.equal(mounts.length, 1, name);
    assert.match(mounts[0], /:ro$/, name);
  }
});

test('the API and the event streams can be restarted by themselves, and the databases run as other images come too', () => {
  // A container that owns a network takes it along when restarted: then the edge would reach no API.
  assert.equal(services.api.network_mode, 'service:edge');
  assert.equal(services.api.ports, undefined);
  assert.equal(services.live.network_mode, 'service:edge');
  assert.equal(services.edge.ports.length, 1);
  // Debian's Redis answers its own machine alone by default; the official image answers all.
  assert.match(services.redis.command.join(' '), /--protected-mode no/);
  // A tmpfs is root's with podman, and PostgreSQL is not root.
  assert.ok(services.postgres.volumes.includes('/run/postgresql'));
});

test('it names the version that this is', () => {
  const version = /^project\(matinee VERSION ([\d.]+)/m.exec(read('CMakeLists.txt'))[1];
  for (const [name, { image }] of ours) assert.equal(image, `\${IMAGE:-localhost/matinee:${version}}`, name);
});

test('each setting that is passed on is one of the program', () => {
  const known = new Set([...read('docs/configuration.md').matchAll(/^\| `([A-Z_]+)` \|/gm)].map((match) => match[1]));
  assert.ok(known.size > 40, 'the table was read');
  for (const [name, { environment }] of ours) {
    for (const setting of Object.keys(environment)) assert.ok(known.has(setting), `${name}: ${setting}`);
  }
});

test('each line of env.example is read by compose.yaml', () => {
  const wanted = new Set([...compose.matchAll(/\$\{(\w+)/g)].map((match) => match[1]));
  const offered = [...read('env.example').matchAll(/^#?([A-Z_]+)=/gm)].map((match) => match[1]);
  assert.ok(offered.length > 10);
  for (const name of offered) assert.ok(wanted.has(name) || name === 'COMPOSE_PROFILES', name); // That one is Compose's own.
});

test('no secret stands in it, only the name of where it comes from', () => {
  for (const [name, { environment }] of Object.entries(services)) {
    for (const [setting, value] of Object.entries(environment ?? {})) {
      if (/TOKEN|KEY|PASSWORD/.test(setting)) assert.match(value, /^\$\{[A-Z_]+:-\}$/, `${name}: ${setting}`);
    }
  }
});
