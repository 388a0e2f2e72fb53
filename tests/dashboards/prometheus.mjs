// Runs Debian's Prometheus for a test: in a temporary folder, on a free port, with our rules.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { eventually, freePort, root, run, temporaryFolder } from '../lib/matinee.mjs';

export const rules_file = join(root, 'dashboards/alerts.yaml');

/** Runs promtool and returns its output, or throws it if promtool fails. */
export async function promtool(...args) {
  const { code, out, err } = await run('promtool', args);
  if (code !== 0) throw new Error(out + err);
  return out.toString();
}

export class Prometheus {
  /** `scrapes`: [{job, labels, targets: ["host:port"]}]; `configs`: more of Prometheus' own scrape_configs. */
  static async start(scrapes = [], configs = []) {
    const prometheus = new this();
    const folder = temporaryFolder('prometheus');
    const address = `127.0.0.1:${await freePort()}`;
    const config = {
      global: { scrape_interval: '1s', scrape_timeout: '1s', evaluation_interval: '1s' },
      rule_files: [rules_file],
      scrape_configs: [
        ...scrapes.map(({ job, labels = {}, targets }, index) => ({ job_name: `scrape-${index}`, static_configs: [{ targets, labels: { job, ...labels } }] })),
        ...configs,
      ],
    };
    // JSON is YAML.
    writeFileSync(join(folder, 'prometheus.yml'), JSON.stringify(config));
    prometheus.url = `http://${address}`;
    prometheus.log = '';
    prometheus.process = spawn(
      'prometheus',
      [`--config.file=${join(folder, 'prometheus.yml')}`, `--storage.tsdb.path=${join(folder, 'data')}`, `--web.listen-address=${address}`],
      { stdio: ['ignore', 'pipe', 'pipe'] },
    );
    const kill = () => prometheus.process.kill('SIGKILL');
    process.once('exit', kill);
    prometheus.exited = once(prometheus.process, 'exit').then(() => process.off('exit', kill));
    for (const pipe of [prometheus.process.stdout, prometheus.process.stderr]) pipe.on('data', (bytes) => (prometheus.log += bytes));
    await eventually(async () => {
      if (prometheus.process.exitCode !== null) throw new Error(prometheus.log);
      return (await fetch(`${prometheus.url}/-/ready`).catch(() => null))?.ok;
    }, 'Prometheus is ready');
    return prometheus;
  }

  async #get(path) {
    const response = await fetch(this.url + path);
    const { status, data, error } = await response.json();
    if (status !== 'success') throw new Error(`${path}: ${error}`);
    return data;
  }

  /** [{metric: labels, value}] of an instant query. */
  async query(expression) {
    const { result } = await this.#get(`/api/v1/query?query=${encodeURIComponent(expression)}`);
    return result.map(({ metric, value: [, text] }) => ({ metric, value: Number(text) }));
  }

  /** The rules that Prometheus has loaded: {type, name, query, labels, annotations}. */
  async rules() {
    const { groups } = await this.#get('/api/v1/rules');
    return groups.flatMap(({ rules }) => rules);
  }

  /** Names of the pending and firing alerts. */
  async alerts() {
    const { alerts } = await this.#get('/api/v1/alerts');
    return alerts.map(({ labels }) => labels.alertname);
  }

  /** Targets: [{health, lastError, scrapeUrl}]. */
  async targets() {
    return (await this.#get('/api/v1/targets')).activeTargets;
  }

  async close() {
    this.process.kill('SIGKILL');
    await this.exited;
  }
}

/** The rules in the file; nothing is scraped. */
export async function readRules() {
  const prometheus = await Prometheus.start();
  try {
    return await prometheus.rules();
  } finally {
    await prometheus.close();
  }
}

export const read = (path) => readFileSync(join(root, path), 'utf8');
