// Reads Kubernetes objects from a file, or from a folder with `kubectl kustomize`.
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseAllDocuments } from 'yaml';

export const root = resolve(dirname(fileURLToPath(import.meta.url)), '../..');

/** Paths of HELM3, HELM4 and KUBECTL, fetched once. */
export const tools = Object.fromEntries(
  execFileSync(join(root, 'tests/chart/tools.sh'), { encoding: 'utf8' }).trim().split('\n').map((line) => line.split(/=(.*)/).slice(0, 2)),
);

/** Parses YAML; invalid YAML and duplicate keys are errors. */
export function parse(text) {
  return parseAllDocuments(text).map((document) => {
    if (document.errors.length > 0) throw document.errors[0];
    return document.toJS();
  }).filter(Boolean);
}

export const read = (path) => parse(readFileSync(join(root, path), 'utf8'));

export function kustomize(folder) {
  return parse(execFileSync(tools.KUBECTL, ['kustomize', join(root, folder)], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] }));
}

export const binary = process.env.MATINEE_BIN ?? join(root, 'build/matinee');
if (!existsSync(binary)) throw new Error(`there is no ${binary}: build it, or set MATINEE_BIN`);

/** Names of all settings, as `matinee docs configuration` lists them. */
export const settings = new Set(
  execFileSync(binary, ['docs', 'configuration'], { encoding: 'utf8' }).split('\n')
    .map((line) => /^\| `([A-Z_]+)` \|/.exec(line)?.[1]).filter(Boolean),
);
