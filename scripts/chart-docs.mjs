#!/usr/bin/env node
// What the chart has from elsewhere: the table of values in its README.md, from the lines of values.yaml that begin with "# --", and the
// dashboards and alerts, since a chart cannot read what lies outside its folder.
import { copyFileSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';

const chart = new URL('../charts/matinee/', import.meta.url);
const dashboards = new URL('../dashboards/', import.meta.url);
const HEADING = '## Values\n';

/**
 * The documented values of a values.yaml in our own form: two spaces a level, "# -- " above each value, its further lines "# ".
 * A value that is a map over several lines is given as the JSON of what stands there.
 */
export function documented(text) {
  const rows = [];
  let path = [];
  let comment = null;
  for (const line of text.split('\n')) {
    const said = /^ *# (-- )?(.*)$/.exec(line);
    if (said) {
      if (said[1]) comment = [said[2]];
      else comment?.push(said[2]);
      continue;
    }
    const entry = /^( *)([A-Za-z]+):(?: (.*))?$/.exec(line);
    if (!entry) {
      // More of the value above.
      if (line.trim() && rows.length > 0 && rows.at(-1).open) rows.at(-1).value += `${rows.at(-1).value && ' '}${line.trim()}`;
      if (!line.trim()) comment = null;
      continue;
    }
    const [, indent, key, value = ''] = entry;
    const level = indent.length / 2;
    const last = rows.at(-1);
    // A key below a documented one is a part of its value.
    if (last?.open && level > last.level && !comment) {
      last.value += `${last.value && ', '}${key}: ${value}`;
      continue;
    }
    path = [...path.slice(0, level), key];
    if (comment) rows.push({ name: path.join('.'), value, level, open: value === '', text: comment.join(' ') });
    comment = null;
  }
  return rows;
}

const cell = (text) => text.replaceAll('|', '\\|');

export function readme() {
  const values = documented(readFileSync(new URL('values.yaml', chart), 'utf8'));
  const prose = readFileSync(new URL('README.md', chart), 'utf8').split(HEADING)[0];
  const rows = values.map(({ name, value, text }) => `| \`${name}\` | \`${cell(value)}\` | ${cell(text)} |`);
  return `${prose}${HEADING}Made by \`make docs\` from values.yaml. \`values.schema.json\` refuses what is not among them.\n\n| value | default | meaning |\n|---|---|---|\n${rows.join('\n')}\n`;
}

function carryFiles() {
  const files = new URL('files/', chart);
  rmSync(files, { recursive: true, force: true });
  mkdirSync(new URL('dashboards/', files), { recursive: true });
  for (const name of readdirSync(dashboards).filter((one) => one.endsWith('.json'))) {
    copyFileSync(new URL(name, dashboards), new URL(`dashboards/${name}`, files));
  }
  copyFileSync(new URL('alerts.yaml', dashboards), new URL('alerts.yaml', files));
}

if (process.argv[1] === new URL(import.meta.url).pathname) {
  writeFileSync(new URL('README.md', chart), readme());
  carryFiles();
}
