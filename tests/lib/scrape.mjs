// Reads the text form of Prometheus' metrics
// (https://prometheus.io/docs/instrumenting/exposition_formats/#text-based-format).

/** The labels in `{…}`. */
function parseLabels(text = '') {
  const labels = {};
  for (const [, name, quoted] of text.matchAll(/([a-zA-Z_]\w*)="((?:[^"\\]|\\.)*)"/g)) {
    labels[name] = quoted.replace(/\\(.)/g, (_, c) => (c === 'n' ? '\n' : c));
  }
  return labels;
}

/** [{name, labels, value}] of each line that is a sample. */
export function samples(text) {
  return text
    .split('\n')
    .filter((line) => line && !line.startsWith('#'))
    .map((line) => {
      const parts = /^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)$/.exec(line);
      if (!parts) throw new Error(`not a sample: ${line}`);
      return { name: parts[1], labels: parseLabels(parts[2]), value: Number(parts[3].replace('Inf', 'Infinity')) };
    });
}

/** The value of the first sample of this name that has these labels; null if there is none. */
export function value(text, name, labels = {}) {
  const found = samples(text).find(
    (sample) => sample.name === name && Object.entries(labels).every(([label, is]) => sample.labels[label] === is),
  );
  return found ? found.value : null;
}

/** What stands there of each family: name -> {type, help, samples: [{name, labels, value}]}. */
export function families(text) {
  const found = new Map();
  for (const [, keyword, name, rest] of text.matchAll(/^# (HELP|TYPE) (\S+) (.*)$/gm)) {
    const family = found.get(name) ?? { samples: [] };
    family[keyword.toLowerCase()] = rest;
    found.set(name, family);
  }
  for (const sample of samples(text)) {
    const name = found.has(sample.name) ? sample.name : sample.name.replace(/_(bucket|sum|count)$/, '');
    if (!found.has(name)) throw new Error(`a sample of no family: ${sample.name}`);
    found.get(name).samples.push(sample);
  }
  return found;
}
