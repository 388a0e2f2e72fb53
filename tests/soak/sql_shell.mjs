// One psql that stays: asking five times a second must not cost a process each.
import { spawn } from 'node:child_process';
import { once } from 'node:events';

export class SqlShell {
  #postgres;
  #child = null;
  #asked = 0;
  #turn = Promise.resolve();

  constructor(postgres) {
    this.#postgres = postgres;
  }

  /** Rows of texts. Fails while the database is away. */
  ask(sql) {
    const answer = this.#turn.then(() => this.#ask(sql));
    this.#turn = answer.catch(() => {});
    return answer;
  }

  close() {
    this.#child?.kill('SIGKILL');
    this.#child = null;
  }

  #ask(sql) {
    if (!this.#child) this.#start();
    const child = this.#child;
    const end = `-- end ${++this.#asked}\n`;
    return new Promise((resolve, reject) => {
      let out = '';
      let err = '';
      const limit = setTimeout(() => child.kill('SIGKILL'), 5000);
      const hear = (text) => {
        out += text;
        if (out.endsWith(end)) settle(() => (err ? reject(new Error(err)) : resolve(out.slice(0, -end.length).split('\n').filter(Boolean).map((line) => line.split('\t')))));
      };
      const complain = (text) => (err += text);
      const leave = () => settle(() => reject(new Error(err || 'psql ended')));
      const settle = (how) => {
        clearTimeout(limit);
        child.stdout.off('data', hear);
        child.stderr.off('data', complain);
        child.off('close', leave);
        how();
      };
      child.stdout.on('data', hear);
      child.stderr.on('data', complain);
      child.on('close', leave);
      child.stdin.write(`${sql};\n\\echo '${end.trim()}'\n`);
    });
  }

  #start() {
    const child = spawn(this.#postgres.program('psql'), ['-X', '-q', '-A', '-t', '-F', '\t', this.#postgres.url]);
    child.stdout.setEncoding('utf8');
    child.stderr.setEncoding('utf8');
    child.stdin.on('error', () => {}); // It has ended; its exit says so.
    once(child, 'close').then(() => {
      if (this.#child === child) this.#child = null;
    });
    this.#child = child;
  }
}
