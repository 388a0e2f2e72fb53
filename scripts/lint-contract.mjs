#!/usr/bin/env node
// Checks api/openapi.yaml by the recommended rules of Redocly and of Spectral. Prints each problem; exits with 1 if there is one.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';

/** The problems of the document in the file, as lines. */
async function redocly(file) {
  const { createConfig, lint } = createRequire(new URL('../web/package.json', import.meta.url))('@redocly/openapi-core');
  const problems = await lint({ ref: file, config: await createConfig({ extends: ['recommended'] }) });
  return problems.map(({ ruleId, message, location }) => `redocly: ${ruleId}: ${message} ${location[0]?.pointer ?? ''}`);
}

/** The same. */
async function spectral(file) {
  const require = createRequire(new URL('../tests/package.json', import.meta.url));
  const { Document, Spectral } = require('@stoplight/spectral-core');
  const { Yaml } = require('@stoplight/spectral-parsers');
  // Not the package's index: it loads the rules and schemas of AsyncAPI too.
  const { default: oas } = require('@stoplight/spectral-rulesets/dist/oas');
  const spectral = new Spectral();
  spectral.setRuleset({ extends: [[oas, 'recommended']] });
  const problems = await spectral.run(new Document(readFileSync(file, 'utf8'), Yaml, file));
  return problems.map(({ code, message, path }) => `spectral: ${code}: ${message} ${path.join('.')}`);
}

export async function contractProblems(file) {
  return [...(await redocly(file)), ...(await spectral(file))];
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const problems = await contractProblems(process.argv[2] ?? fileURLToPath(new URL('../api/openapi.yaml', import.meta.url)));
  for (const problem of problems) console.error(problem);
  process.exitCode = problems.length === 0 ? 0 : 1;
}
