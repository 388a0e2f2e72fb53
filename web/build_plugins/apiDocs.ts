// A Vite plugin: builds api/openapi.json and the page api/docs/ from the hand-written openapi.yaml. The page is plain HTML with
// one style sheet and no script, so it works offline and under the same content security policy as the rest.
import { readFile } from 'node:fs/promises';
import type { Plugin } from 'vite';
import { parse } from 'yaml';
import { renderDocs, type OpenApiDocument } from './renderDocs';

export function apiDocs(source: URL): Plugin {
  return {
    name: 'matinee-api-docs',
    apply: 'build',
    async generateBundle() {
      const document = parse(await readFile(source, 'utf8')) as OpenApiDocument;
      const style = await readFile(new URL('docs.css', import.meta.url), 'utf8');
      this.emitFile({ type: 'asset', fileName: 'api/openapi.json', source: JSON.stringify(document) });
      this.emitFile({ type: 'asset', fileName: 'api/docs/index.html', source: renderDocs(document) });
      this.emitFile({ type: 'asset', fileName: 'api/docs/docs.css', source: style });
    },
  };
}
