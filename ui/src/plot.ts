import uPlot from 'uplot';
import type { ChartView, Event } from './bindings';

const right = 46;
const below = 20;
const above = 10;

interface Ink {
  line: string;
  area: string;
  grid: string;
  text: string;
  limit: string;
  band: string;
  mark: string;
  paper: string;
  font: string;
}

function ink(host: Element): Ink {
  // A canvas takes colours, not references to them: a probe resolves each.
  const probe = host.appendChild(document.createElement('i'));
  const token = (name: string) => {
    probe.style.color = `var(${name})`;
    return getComputedStyle(probe).color;
  };
  const found = {
    line: token('--accent-mark'),
    area: token('--plot-area'),
    grid: token('--hair'),
    text: token('--dim'),
    limit: token('--watch-mark'),
    band: token('--plot-band'),
    mark: token('--ink'),
    paper: token('--card'),
    font: getComputedStyle(host).fontFamily,
  };
  probe.remove();
  return found;
}

/** Stretches during which the VM ran, as far as they are known. */
function stretches(chart: ChartView): [number, number][] {
  const turns = chart.events.filter(({ kind }) => kind === 'vm_on' || kind === 'vm_off');
  const found: [number, number][] = [];
  let since = turns[0]?.kind === 'vm_off' ? chart.span[0] : null;
  for (const { at, kind } of turns) {
    if (kind === 'vm_on') since ??= at;
    else if (since !== null) {
      found.push([since, at]);
      since = null;
    }
  }
  if (since !== null) found.push([since, chart.span[1]]);
  return found;
}

function deeds(chart: ChartView): Event[] {
  return chart.events.filter(({ kind }) => kind !== 'vm_on' && kind !== 'vm_off');
}

/** What happened about a point, in words: deeds before mere turns of the VM, three at most. */
export function near(chart: ChartView, index: number): string[] {
  const { times } = chart;
  const at = times[index] ?? 0;
  const reach = (chart.span[1] - chart.span[0]) / 60;
  const from = Math.max(((times[index - 1] ?? at) + at) / 2, at - reach);
  const to = Math.min(((times[index + 1] ?? at) + at) / 2, at + reach);
  const close = chart.events.filter((event) => event.at >= from && event.at <= to);
  const rank = (event: Event) => (event.kind === 'vm_on' || event.kind === 'vm_off' ? 1 : 0);
  return close
    .sort((a, b) => rank(a) - rank(b))
    .slice(0, 3)
    .map(({ label }) => label);
}

function sizeAt(chart: ChartView, at: number): number {
  const next = chart.times.findIndex((time) => time >= at);
  const after = chart.sizes[next] ?? chart.sizes.at(-1) ?? 0;
  const before = chart.sizes[next - 1] ?? after;
  return Math.max(before, after);
}

/** Labels under their ticks, moved where they would leave the picture, left out where they would touch. */
function timeLabels(plot: uPlot, chart: ChartView): void {
  const { ctx } = plot;
  const { left, top, width, height } = plot.bbox;
  const px = uPlot.pxRatio;
  let taken = -Infinity;
  ctx.textAlign = 'left';
  ctx.textBaseline = 'alphabetic';
  for (const tick of chart.time_ticks) {
    const wide = ctx.measureText(tick.label).width;
    const centred = plot.valToPos(tick.at, 'x', true) - wide / 2;
    const x = Math.min(Math.max(centred, left), left + width - wide);
    if (x < taken) continue;
    ctx.fillText(tick.label, x, top + height + 17 * px);
    taken = x + wide + 8 * px;
  }
}

function backdrop(plot: uPlot, chart: ChartView, ink: Ink): void {
  const { ctx } = plot;
  const { left, width } = plot.bbox;
  const px = uPlot.pxRatio;
  ctx.save();
  ctx.font = `${11 * px}px ${ink.font}`;
  ctx.textBaseline = 'middle';
  for (const tick of chart.size_ticks) {
    const y = Math.round(plot.valToPos(tick.at, 'y', true));
    ctx.fillStyle = ink.grid;
    ctx.fillRect(left, y, width, px);
    ctx.fillStyle = ink.text;
    ctx.textAlign = 'right';
    ctx.fillText(tick.label, plot.ctx.canvas.width, y);
  }
  ctx.fillStyle = ink.text;
  timeLabels(plot, chart);
  ctx.restore();
}

function marks(plot: uPlot, chart: ChartView, ink: Ink): void {
  const { ctx } = plot;
  const { left, top, width, height } = plot.bbox;
  const px = uPlot.pxRatio;
  ctx.save();
  ctx.fillStyle = ink.band;
  for (const [from, to] of stretches(chart)) {
    const x = Math.max(plot.valToPos(from, 'x', true), left);
    ctx.fillRect(x, top + height - 3 * px, plot.valToPos(to, 'x', true) - x, 3 * px);
  }
  if (chart.limit !== null) {
    const y = Math.round(plot.valToPos(chart.limit.at, 'y', true)) + px / 2;
    ctx.strokeStyle = ink.limit;
    ctx.lineWidth = 1.5 * px;
    ctx.setLineDash([4 * px, 3 * px]);
    ctx.beginPath();
    ctx.moveTo(left, y);
    ctx.lineTo(left + width, y);
    ctx.stroke();
    ctx.setLineDash([]);
    ctx.font = `${11 * px}px ${ink.font}`;
    ctx.fillStyle = ink.text;
    ctx.textAlign = 'left';
    const roomy = y > 15 * px;
    ctx.textBaseline = roomy ? 'bottom' : 'top';
    ctx.fillText(chart.limit.label, left, y + (roomy ? -2 : 4) * px);
  }
  for (const deed of deeds(chart)) {
    const x = plot.valToPos(deed.at, 'x', true);
    shape(ctx, deed, x, plot.valToPos(sizeAt(chart, deed.at), 'y', true), px, ink);
  }
  ctx.restore();
}

/** A triangle down for what came back, up for what was written again, a diamond for a new image. */
function shape(ctx: CanvasRenderingContext2D, deed: Event, x: number, y: number, px: number, ink: Ink): void {
  const r = 4 * px;
  const corners: Record<string, [number, number][]> = {
    reclaim: [
      [-1, -0.8],
      [1, -0.8],
      [0, 0.9],
    ],
    rebuild: [
      [-1, 0.8],
      [1, 0.8],
      [0, -0.9],
    ],
    image_update: [
      [0, -1.1],
      [1.1, 0],
      [0, 1.1],
      [-1.1, 0],
    ],
  };
  ctx.beginPath();
  for (const [dx, dy] of corners[deed.kind] ?? []) ctx.lineTo(x + dx * r, y + dy * r);
  ctx.closePath();
  ctx.lineWidth = 2.5 * px;
  ctx.lineJoin = 'round';
  ctx.strokeStyle = ink.paper;
  ctx.stroke();
  ctx.fillStyle = ink.mark;
  ctx.fill();
}

/** Draws a chart; axes are drawn here because their labels come as words, and must not be cut at the edges. */
export function draw(host: HTMLElement, chart: ChartView, onpoint: (index: number | null) => void): uPlot {
  const colours = ink(host);
  return new uPlot(
    {
      width: host.clientWidth,
      height: host.clientHeight,
      padding: [above, right, below, 0],
      legend: { show: false },
      axes: [{ show: false }, { show: false }],
      scales: {
        x: { time: false, range: () => chart.span },
        y: { range: () => chart.range },
      },
      series: [
        {},
        {
          stroke: colours.line,
          width: 1.75,
          fill: colours.area,
          points: { show: false },
        },
      ],
      cursor: {
        y: false,
        drag: { x: false, y: false, setScale: false },
        points: { size: 9, width: 2, stroke: colours.paper, fill: colours.line },
      },
      hooks: {
        drawClear: [(plot) => backdrop(plot, chart, colours)],
        draw: [(plot) => marks(plot, chart, colours)],
        setCursor: [(plot) => onpoint((plot.cursor.left ?? -1) < 0 ? null : (plot.cursor.idx ?? null))],
      },
    },
    [chart.times, chart.sizes],
    host,
  );
}
