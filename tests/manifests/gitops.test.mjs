// docs/gitops.md: the values of its examples are rendered as Flux and Argo CD would, and no hook waits for an object of the same sync.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { find, helms, render } from '../chart/helm.mjs';
import { parse, root } from './objects.mjs';
import { podsOf } from './policies.mjs';
import { faults } from './strict.mjs';

const text = readFileSync(join(root, 'docs/gitops.md'), 'utf8');
const objects = [...text.matchAll(/^```yaml\n([^]*?)^```$/gm)].flatMap(([, body]) => parse(body));
const of = (kind) => objects.find((object) => object.kind === kind);
const examples = {
  Flux: { values: of('HelmRelease')?.spec.values, chart: of('HelmRelease')?.spec.chart.spec.chart },
  'Argo CD': { values: of('Application')?.spec.source.helm.valuesObject, chart: of('Application')?.spec.source.path },
};

for (const [tool, { values, chart }] of Object.entries(examples)) {
  test(`${tool}: the example is rendered, and is valid`, async () => {
    assert.equal(chart, 'charts/matinee');
    for (const program of Object.values(helms)) {
      const { code, err, objects: rendered } = await render(values, { release: 'matinee', program });
      assert.equal(code, 0, err);
      // Custom objects of other projects have no schema here.
      const extra = values.extraObjects.map(({ kind, metadata }) => `${kind} ${metadata.name}`);
      const own = rendered.filter(({ kind, metadata }) => !extra.includes(`${kind} ${metadata.name}`));
      assert.equal(rendered.length - own.length, extra.length);
      assert.deepEqual(own.flatMap(faults), []);
    }
  });

  test(`${tool}: no hook waits for an object of the same sync`, async () => {
    const { objects: rendered } = await render(values, { release: 'matinee' });
    const hooks = rendered.filter(({ metadata }) => metadata.annotations?.['helm.sh/hook'] && metadata.annotations['helm.sh/hook'] !== 'test');
    assert.deepEqual(hooks, []);
    // Without extraObjects the Secret exists before, and the Job runs.
    const { extraObjects, checkSecrets, ...before } = values;
    assert.ok(extraObjects.length > 0);
    const { objects: plain } = await render(before, { release: 'matinee' });
    assert.ok(find(plain, 'Job', 'matinee-migrate'));
    // The pods migrate in both.
    for (const each of [rendered, plain]) {
      const initial = podsOf(each).filter(({ name }) => /-(api|worker)$/.test(name)).flatMap(({ spec }) => spec.initContainers.map(({ name }) => name));
      assert.deepEqual(initial, ['migrate', 'migrate']);
    }
  });
}
