import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { renderDocs, type OpenApiDocument } from './renderDocs';

const contract = parse(readFileSync(new URL('../../api/openapi.yaml', import.meta.url), 'utf8')) as OpenApiDocument;

describe('the page of the API document', () => {
  const html = renderDocs(contract);

  it('shows every operation', () => {
    for (const item of Object.values(contract.paths)) {
      for (const operation of [item.get, item.post, item.delete]) {
        if (operation) expect(html).toContain(`<article id="${operation.operationId}">`);
      }
    }
  });

  it('has a place for every link within it', () => {
    const links = [...html.matchAll(/href="#([^"]+)"/g)].map((match) => match[1]);
    expect(links.length).toBeGreaterThan(30);
    for (const link of links) expect(html).toContain(`id="${link}"`);
  });

  it('keeps the content security policy: no script, no inline style, nothing from elsewhere', () => {
    expect(html).not.toMatch(/<script|<style|style=|https?:\/\//);
  });

  it('shows text as text', () => {
    const hostile = structuredClone(contract);
    hostile.info.title = '<b>&"';
    expect(renderDocs(hostile)).toContain('<title>&lt;b&gt;&amp;&quot; API</title>');
  });

  it('refuses a reference that leads nowhere', () => {
    const broken = structuredClone(contract);
    broken.paths['/api/health']!.get!.responses['200'] = { $ref: '#/components/responses/Nowhere' };
    expect(() => renderDocs(broken)).toThrow('Nowhere leads nowhere');
  });
});
