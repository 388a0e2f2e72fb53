// The contract by the rules of others, and that these rules are in force.
import assert from 'node:assert/strict';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { contractProblems } from '../../../scripts/lint-contract.mjs';
import { root, temporaryFolder } from '../../lib/matinee.mjs';

const contract = join(root, 'api/openapi.yaml');

test('the contract has no problem', async () => {
  assert.deepEqual(await contractProblems(contract), []);
});

test('an operation that is there twice is a problem for both linters', async () => {
  const folder = temporaryFolder('contract');
  const file = join(folder, 'openapi.yaml');
  const text = readFileSync(contract, 'utf8').replace('operationId: getJobs', 'operationId: getHealth');
  writeFileSync(file, text);
  const problems = await contractProblems(file);
  assert.deepEqual(problems.map((problem) => problem.split(': ', 2).join(': ')).sort(), [
    'redocly: operation-operationId-unique',
    'spectral: operation-operationId-unique',
  ]);
  rmSync(folder, { recursive: true });
});
