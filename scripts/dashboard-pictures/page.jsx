// One dashboard, drawn by Grafana's own components. draw.mjs bundles this file, opens it in Chromium, and sets window.picture:
//   dashboard  the JSON
//   answers    "<panel id>/<refId>" -> the result of Prometheus' query_range
//   events     [{time_ms, colour}] of the annotations
//   from_ms, to_ms, width, phone
// When everything is drawn, window.drawn has what each panel shows: [{title, type, shows: 'data' | 'text' | 'nothing', text}].
import 'uplot/dist/uPlot.min.css';
import { createTheme, dateTime, fieldMatchers, FieldType, getDisplayProcessor, reduceField, ThemeContext, toDataFrame } from '@grafana/data';
import { BigValue, BigValueGraphMode, GlobalStyles, LegendDisplayMode, PanelChrome, TimeSeries } from '@grafana/ui';
import React from 'react';
import { createRoot } from 'react-dom/client';

const COLUMNS = 24;
const GAP_PX = 8;
/** Grafana's height of one unit of a grid, and the gap below it. */
const CELL_PX = 38;

const { dashboard, answers, events, from_ms, to_ms, width, phone } = window.picture;
const theme = createTheme({ colors: { mode: 'dark' } });

/** Grafana keeps options such as custom.fillOpacity in objects. */
function setOption(config, path, value) {
  const keys = path.split('.');
  const last = keys.pop();
  let at = config;
  for (const key of keys) at = at[key] ??= {};
  at[last] = value;
}

function nameOf({ legendFormat }, labels, title) {
  return legendFormat?.replace(/\{\{\s*(\w+)\s*\}\}/g, (_, label) => labels[label] ?? '').trim() || title;
}

/** The options of a series: those of the panel, then the overrides that match it. */
function configOf({ type, fieldConfig: { defaults, overrides } }, frame, name) {
  const config = structuredClone(defaults);
  config.displayName = name;
  config.color ??= { mode: type === 'stat' ? 'thresholds' : 'palette-classic' };
  // What the panel's editor would have written.
  config.custom = { drawStyle: 'line', lineWidth: 1, fillOpacity: 0, pointSize: 5, showPoints: 'auto', axisPlacement: 'auto', ...config.custom };
  config.custom.stacking = { group: 'A', mode: 'none', ...config.custom.stacking };
  const [, field] = frame.fields;
  field.config = { displayName: name };
  for (const { matcher, properties } of overrides) {
    if (!fieldMatchers.get(matcher.id).get(matcher.options)(field, frame, [frame])) continue;
    for (const { id, value } of properties) setOption(config, id, value);
  }
  // The lowest step of thresholds has no value in JSON.
  for (const step of config.thresholds?.steps ?? []) step.value ??= -Infinity;
  return config;
}

function framesOf(panel) {
  const frames = [];
  for (const target of panel.targets) {
    for (const { metric, values } of answers[`${panel.id}/${target.refId}`] ?? []) {
      const name = nameOf(target, metric, panel.title);
      const numbers = values.map(([, text]) => (Number.isFinite(Number(text)) ? Number(text) : null));
      const frame = toDataFrame({
        refId: target.refId,
        fields: [
          { name: 'Time', type: FieldType.time, values: values.map(([seconds]) => seconds * 1000), config: {} },
          { name: 'Value', type: FieldType.number, labels: metric, values: numbers, config: {} },
        ],
      });
      const [, field] = frame.fields;
      field.config = configOf(panel, frame, name);
      field.state = { seriesIndex: frames.length, displayName: name };
      for (const one of frame.fields) one.display = getDisplayProcessor({ field: one, theme, timeZone: 'utc' });
      frames.push(frame);
    }
  }
  return frames;
}

/** The annotations: dashed lines over the plot, as Grafana's plug-in of the time series panel draws them. */
function mark(builder) {
  builder.addHook('draw', (plot) => {
    const { ctx, bbox } = plot;
    for (const { time_ms, colour } of events) {
      const x = Math.round(plot.valToPos(time_ms, 'x', true));
      if (x < bbox.left || x > bbox.left + bbox.width) continue;
      ctx.save();
      ctx.strokeStyle = theme.visualization.getColorByName(colour);
      ctx.setLineDash([4, 4]);
      ctx.beginPath();
      ctx.moveTo(x, bbox.top);
      ctx.lineTo(x, bbox.top + bbox.height);
      ctx.stroke();
      ctx.restore();
    }
  });
  return null;
}

function Stat({ panel, frames, width: w, height: h }) {
  // As Grafana's own: side by side in a wide panel, below each other in a tall one, in several lines where that is not enough.
  const columns = w > h ? Math.min(frames.length, Math.max(1, Math.floor(w / 95))) : 1;
  const lines = Math.ceil(frames.length / columns);
  const named = frames.length > 1 || panel.options.textMode === 'value_and_name';
  return (
    <div style={{ display: 'flex', flexWrap: 'wrap' }}>
      {frames.map(({ fields: [, field] }, index) => {
        const value = reduceField({ field, reducers: panel.options.reduceOptions.calcs })[panel.options.reduceOptions.calcs[0]];
        return (
          <BigValue key={index} theme={theme} width={Math.floor(w / columns)} height={Math.floor(h / lines)} graphMode={BigValueGraphMode.None}
            colorMode={panel.options.colorMode} textMode={named ? 'value_and_name' : 'value'}
            value={{ ...field.display(value), title: field.state.displayName }} />
        );
      })}
    </div>
  );
}

function Body({ panel, width: w, height: h }) {
  const frames = framesOf(panel);
  if (frames.length === 0) {
    const text = panel.fieldConfig.defaults.noValue;
    return <div data-text={text ?? ''} style={{ height: h, display: 'grid', placeItems: 'center', textAlign: 'center', opacity: 0.65 }}>{text ?? 'No data'}</div>;
  }
  if (panel.type === 'stat') return <Stat panel={panel} frames={frames} width={w} height={h} />;
  const time = { from: dateTime(from_ms), to: dateTime(to_ms) };
  const { displayMode = LegendDisplayMode.List, placement = 'bottom', showLegend = true, calcs = [] } = panel.options.legend;
  return (
    <TimeSeries theme={theme} frames={frames} structureRev={1} width={w} height={h} timeZone="utc" timeRange={{ ...time, raw: time }} options={{}}
      legend={{ displayMode, placement, showLegend, calcs }}>
      {mark}
    </TimeSeries>
  );
}

/** A panel whose component throws must not take the others along: draw.mjs reports it. */
class Guard extends React.Component {
  state = {};
  static getDerivedStateFromError(error) {
    return { error };
  }
  render() {
    return this.state.error ? <pre data-error={String(this.state.error.stack)}>{String(this.state.error)}</pre> : this.props.children;
  }
}

/** Where the panels are: [{panel, x, y, w, h}] in pixels. On a phone Grafana puts them below each other. */
function placed() {
  const unit = (width - GAP_PX) / COLUMNS;
  if (!phone) {
    return dashboard.panels.map((panel) => {
      const { x, y, w, h } = panel.gridPos;
      return { panel, x: GAP_PX + x * unit, y: GAP_PX + y * CELL_PX, w: w * unit - GAP_PX, h: h * CELL_PX - GAP_PX };
    });
  }
  let y = GAP_PX;
  const inOrder = [...dashboard.panels].sort((a, b) => a.gridPos.y - b.gridPos.y || a.gridPos.x - b.gridPos.x);
  return inOrder.map((panel) => {
    const at = { panel, x: GAP_PX, y, w: width - 2 * GAP_PX, h: panel.gridPos.h * CELL_PX - GAP_PX };
    y += at.h + GAP_PX;
    return at;
  });
}

const places = placed();
const height = Math.max(...places.map(({ y, h }) => y + h)) + GAP_PX;

function Dashboard() {
  return (
    <ThemeContext.Provider value={theme}>
      <GlobalStyles />
      <main style={{ position: 'relative', width, height, background: theme.colors.background.canvas, color: theme.colors.text.primary }}>
        {places.map(({ panel, x, y, w, h }) => (
          <section key={panel.id} data-panel={panel.id} style={{ position: 'absolute', left: x, top: y, width: w, height: h }}>
            {panel.type === 'row' ? (
              <h6 style={{ margin: 0, lineHeight: `${h}px`, fontSize: 14 }}>{panel.title}</h6>
            ) : (
              <Guard>
                <PanelChrome title={panel.title} width={w} height={h}>
                  {(inner_w, inner_h) => <Guard><Body panel={panel} width={inner_w} height={inner_h} /></Guard>}
                </PanelChrome>
              </Guard>
            )}
          </section>
        ))}
      </main>
    </ThemeContext.Provider>
  );
}

/** Whether something with a colour is in a plot: its grid and its axes are grey. */
function hasLines(canvas) {
  const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
  let coloured = 0;
  for (let i = 0; i < data.length; i += 4) {
    if (data[i + 3] > 0 && Math.max(data[i], data[i + 1], data[i + 2]) - Math.min(data[i], data[i + 1], data[i + 2]) > 40) ++coloured;
  }
  return coloured > 20;
}

function shown(panel) {
  const section = document.querySelector(`[data-panel="${panel.id}"]`);
  const error = section.querySelector('[data-error]')?.dataset.error;
  if (error) return { shows: 'nothing', text: error };
  const text = section.querySelector('[data-text]')?.dataset.text;
  if (text !== undefined) return text ? { shows: 'text', text } : { shows: 'nothing', text: 'no data' };
  if (panel.type === 'stat') {
    const value = section.textContent.replace(panel.title, '');
    return /\w/.test(value) ? { shows: 'data', text: value } : { shows: 'nothing', text: 'no value' };
  }
  const canvas = section.querySelector('canvas');
  if (!canvas) return { shows: 'nothing', text: 'no plot' };
  return hasLines(canvas) ? { shows: 'data', text: '' } : { shows: 'nothing', text: 'an empty plot' };
}

createRoot(document.getElementById('root')).render(<Dashboard />);
// uPlot draws in a microtask after the components are there; two frames later all of it is on the screen.
setTimeout(() => requestAnimationFrame(() => requestAnimationFrame(() => {
  window.drawn = dashboard.panels.filter(({ type }) => type !== 'row').map((panel) => ({ title: panel.title, ...shown(panel) }));
})), 500);
