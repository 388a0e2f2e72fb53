// Turns an OpenAPI 3.1 document into a page to read: a pure function from the document to HTML. Knows the parts of OpenAPI that
// api/openapi.yaml uses, and throws on a reference that leads nowhere, so that a broken document stops the build.
import { marked } from 'marked';

type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

interface Schema {
  $ref?: string;
  type?: string | string[];
  format?: string;
  description?: string;
  enum?: Json[];
  const?: Json;
  default?: Json;
  examples?: Json[];
  items?: Schema;
  properties?: Record<string, Schema>;
  required?: string[];
  minimum?: number;
  maximum?: number;
  exclusiveMaximum?: number;
  minLength?: number;
  maxLength?: number;
}

interface Parameter {
  $ref?: string;
  name: string;
  in: string;
  required?: boolean;
  description?: string;
  schema?: Schema;
}

interface Content {
  schema?: Schema;
  examples?: Record<string, { summary?: string; value: Json }>;
}

interface Body {
  $ref?: string;
  description?: string;
  headers?: Record<string, { $ref?: string; description?: string; schema?: Schema }>;
  content?: Record<string, Content>;
}

interface Operation {
  operationId: string;
  tags?: string[];
  summary?: string;
  description?: string;
  parameters?: Parameter[];
  requestBody?: Body;
  responses: Record<string, Body>;
}

interface PathItem {
  parameters?: Parameter[];
  get?: Operation;
  post?: Operation;
  delete?: Operation;
  head?: Operation;
}

export interface OpenApiDocument {
  info: { title: string; version: string; summary?: string; description?: string };
  tags: { name: string; description?: string }[];
  paths: Record<string, PathItem>;
  components: { schemas: Record<string, Schema> } & Record<string, Record<string, unknown>>;
}

interface Route {
  method: string;
  path: string;
  operation: Operation;
  parameters: Parameter[];
  head: boolean;
}

export function renderDocs(document: OpenApiDocument): string {
  const routes = listRoutes(document);
  const sections = document.tags.map((tag) => {
    const mine = routes.filter((route) => route.operation.tags?.includes(tag.name));
    return `<section aria-labelledby="${slug(tag.name)}"><h2 id="${slug(tag.name)}">${escape(tag.name)}</h2>
${markdown(tag.description)}${mine.map((route) => renderRoute(document, route)).join('\n')}</section>`;
  });
  const { title, version, summary, description } = document.info;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="dark">
<title>${escape(title)} API</title>
<link rel="icon" href="../../icons/icon.svg" type="image/svg+xml">
<link rel="stylesheet" href="docs.css">
</head>
<body>
<nav aria-label="Contents">${renderContents(document, routes)}</nav>
<main>
<h1>${escape(title)} API <small>${escape(version)}</small></h1>
<p class="summary">${escape(summary ?? '')}</p>
<p><a href="../openapi.json">openapi.json</a></p>
${markdown(description)}
${sections.join('\n')}
<section aria-labelledby="schemas"><h2 id="schemas">Schemas</h2>
${Object.entries(document.components.schemas).map(([name, schema]) => renderSchema(name, schema)).join('\n')}</section>
</main>
</body>
</html>
`;
}

function listRoutes(document: OpenApiDocument): Route[] {
  return Object.entries(document.paths).flatMap(([path, item]) =>
    (['get', 'post', 'delete'] as const).flatMap((method) => {
      const operation = item[method];
      if (operation === undefined) return [];
      const parameters = [...(item.parameters ?? []), ...(operation.parameters ?? [])].map((one) => resolve(document, one));
      return [{ method: method.toUpperCase(), path, operation, parameters, head: method === 'get' && item.head !== undefined }];
    }),
  );
}

function renderContents(document: OpenApiDocument, routes: Route[]): string {
  const groups = document.tags.map((tag) => {
    const mine = routes.filter((route) => route.operation.tags?.includes(tag.name));
    const items = mine.map(
      ({ method, path, operation }) =>
        `<li><a href="#${operation.operationId}"><span class="method ${method}">${method}</span> ${escape(path)}</a></li>`,
    );
    return `<p>${escape(tag.name)}</p><ul>${items.join('')}</ul>`;
  });
  const schemas = Object.keys(document.components.schemas).map((name) => `<li><a href="#schema-${name}">${name}</a></li>`);
  return `${groups.join('')}<p>Schemas</p><ul>${schemas.join('')}</ul>`;
}

function renderRoute(document: OpenApiDocument, { method, path, operation, parameters, head }: Route): string {
  const body = operation.requestBody && resolve(document, operation.requestBody);
  return `<article id="${operation.operationId}">
<h3><span class="method ${method}">${method}</span> <code>${escape(path)}</code></h3>
<p class="summary">${escape(operation.summary ?? '')}${head ? ' <span class="also">HEAD works too.</span>' : ''}</p>
${markdown(operation.description)}
${parameters.length > 0 ? `<h4>Parameters</h4>${table(parameters.map(parameterRow))}` : ''}
${body ? `<h4>Body</h4>${renderContent(body.content)}` : ''}
<h4>Answers</h4>
<dl>${Object.entries(operation.responses).map(([status, response]) => renderResponse(document, status, response)).join('')}</dl>
</article>`;
}

function renderResponse(document: OpenApiDocument, status: string, reference: Body): string {
  const response = resolve(document, reference);
  const headers = Object.entries(response.headers ?? {}).map(([name, header]) => {
    const { description, schema } = resolve(document, header);
    return row(name, schema, false, description);
  });
  return `<dt><code class="status s${status[0]}">${status === 'default' ? 'other' : status}</code> ${escape(response.description ?? '')}</dt>
<dd>${headers.length > 0 ? table(headers) : ''}${renderContent(response.content)}</dd>`;
}

function renderContent(content: Record<string, Content> | undefined): string {
  return Object.entries(content ?? {})
    .map(([type, { schema, examples }]) => {
      const samples = Object.values(examples ?? {}).map(
        ({ summary, value }) => `<figure><figcaption>${escape(summary ?? '')}</figcaption>${code(value)}</figure>`,
      );
      return `<p class="content"><code>${escape(type)}</code> ${schema ? typeOf(schema) : ''}</p>${samples.join('')}`;
    })
    .join('');
}

function renderSchema(name: string, schema: Schema): string {
  const rows = Object.entries(schema.properties ?? {}).map(([property, value]) =>
    row(property, value, schema.required?.includes(property) ?? false, value.description),
  );
  const examples = (schema.examples ?? []).filter((example) => typeof example === 'object');
  return `<article id="schema-${name}"><h3>${name}</h3>
${rows.length > 0 ? '' : `<p class="content">${typeOf(schema)}</p>`}${markdown(schema.description)}
${rows.length > 0 ? table(rows) : ''}${examples.map(code).join('')}</article>`;
}

function parameterRow(parameter: Parameter): string {
  return row(parameter.name, parameter.schema, parameter.required ?? false, parameter.description, `in ${parameter.in}`);
}

function row(name: string, schema: Schema | undefined, required: boolean, description: string | undefined, note = ''): string {
  const notes = [required ? 'required' : '', note].filter((text) => text !== '').join(', ');
  const example = schema?.examples?.[0];
  const shown = example === undefined || typeof example === 'object' ? '' : `<p>Example: <code>${escape(String(example))}</code></p>`;
  return `<tr><th scope="row"><code>${escape(name)}</code>${notes ? `<small>${notes}</small>` : ''}</th>
<td>${schema ? typeOf(schema) : ''}</td><td>${markdown(description)}${shown}</td></tr>`;
}

function table(rows: string[]): string {
  return `<div class="scroll" tabindex="0"><table><thead><tr><th>Name</th><th>Type</th><th>Meaning</th></tr></thead>
<tbody>${rows.join('')}</tbody></table></div>`;
}

/** A schema in words: "number | null, at least 0". References become links. */
function typeOf(schema: Schema): string {
  if (schema.$ref !== undefined) {
    const name = schema.$ref.split('/').at(-1) ?? '';
    return `<a href="#schema-${name}">${name}</a>`;
  }
  if (schema.const !== undefined) return `<code>${escape(JSON.stringify(schema.const))}</code>`;
  if (schema.enum !== undefined) return schema.enum.map((value) => `<code>${escape(JSON.stringify(value))}</code>`).join(' ');
  const types = [schema.type ?? 'any'].flat().map((type) => (type === 'array' && schema.items ? `array of ${typeOf(schema.items)}` : type));
  return [types.join(' | '), ...limits(schema)].join(', ');
}

function limits(schema: Schema): string[] {
  const said: [string, Json | undefined][] = [
    ['', schema.format],
    ['at least ', schema.minimum],
    ['at most ', schema.maximum],
    ['below ', schema.exclusiveMaximum],
    ['default ', schema.default],
  ];
  const words = said.filter(([, value]) => value !== undefined).map(([before, value]) => escape(`${before}${String(value)}`));
  return schema.maxLength === undefined ? words : [...words, `${schema.minLength ?? 0} to ${schema.maxLength} characters`];
}

function resolve<T extends { $ref?: string }>(document: OpenApiDocument, node: T): T {
  if (node.$ref === undefined) return node;
  let found: unknown = document;
  for (const part of node.$ref.replace('#/', '').split('/')) found = (found as Record<string, unknown> | undefined)?.[part];
  if (found === undefined) throw new Error(`openapi.yaml: ${node.$ref} leads nowhere`);
  return found as T;
}

function markdown(text: string | undefined): string {
  return text === undefined ? '' : (marked.parse(text, { async: false }) as string);
}

function code(value: Json): string {
  return `<pre tabindex="0"><code>${escape(JSON.stringify(value, null, 2))}</code></pre>`;
}

function slug(text: string): string {
  return text.toLowerCase().replaceAll(' ', '-');
}

function escape(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}
