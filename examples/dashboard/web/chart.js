/** One metric's chart: the last seconds before now, with the unit on its axis. */
import uPlot from './uplot.js';

const HEIGHT = 210;
const FONT = '12px system-ui, sans-serif';
/** Seconds between two marks of the time axis, by the window that is shown. */
const MARKS = { 5: 1, 15: 3, 60: 10 };

/** '42.1', '9,934', '0.042' */
export function formatValue(value) {
  if (value === null || value === undefined) return '–';
  const digits = Math.abs(value) >= 1000 ? 0 : Math.abs(value) >= 10 ? 1 : 3;
  return value.toLocaleString('en', {
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  });
}

/** The samples that a chart can show: numbers, times in seconds since 1970, and values. */
export class Points {
  constructor(samples = [], times = [], values = []) {
    this.samples = samples;
    this.times = times;
    this.values = values;
  }

  /** @param flat - number, time in milliseconds, and value, one after the other. */
  add(flat) {
    for (let i = 0; i < flat.length; i += 3) {
      this.samples.push(flat[i]);
      this.times.push(flat[i + 1] / 1000);
      this.values.push(flat[i + 2]);
    }
  }

  /** Lets go of what was before `time`. */
  forget(time) {
    const first = this.times.findIndex((one) => one >= time);
    const old = first < 0 ? this.times.length : first;
    for (const column of [this.samples, this.times, this.values]) column.splice(0, old);
  }

  copy() {
    return new Points([...this.samples], [...this.times], [...this.values]);
  }
}

export class Chart {
  #element;
  #plot;
  #now = 0;
  #seconds = 5;

  constructor(element, { name, unit, range }) {
    this.#element = element;
    const colour = (name) => () => getComputedStyle(element).getPropertyValue(name);
    const axis = {
      stroke: colour('--muted'),
      font: FONT,
      labelFont: FONT,
      labelSize: 20,
      grid: { stroke: colour('--grid'), width: 1 },
      ticks: { stroke: colour('--grid'), width: 1 },
    };
    this.#plot = new uPlot(
      {
        width: element.clientWidth,
        height: HEIGHT,
        scales: {
          x: { time: false, range: () => [this.#now - this.#seconds, this.#now] },
          y: range === null ? {} : { range },
        },
        cursor: { drag: { x: false, y: false } },
        axes: [
          {
            ...axis,
            label: 'seconds before now',
            size: 28,
            splits: () => this.#marks().map((mark) => this.#now - mark),
            values: () => this.#marks(),
          },
          { ...axis, label: unit, size: 56, values: (_, marks) => marks.map(formatMark) },
        ],
        series: [
          { label: 'at', value: (_, time) => formatTime(time) },
          {
            label: name,
            stroke: colour('--line'),
            width: 1.5,
            points: { show: false },
            value: (_, value) => (value === null ? '–' : `${formatValue(value)} ${unit}`),
          },
        ],
      },
      [[], []],
      element,
    );
    new ResizeObserver(() => {
      this.#plot.setSize({ width: element.clientWidth, height: HEIGHT });
    }).observe(element);
  }

  /** Draws the `seconds` before `now`. */
  draw({ times, values }, now, seconds) {
    this.#now = now;
    this.#seconds = seconds;
    // One more to the left, so that the line begins at the border.
    const first = Math.max(0, times.findIndex((time) => time >= now - seconds) - 1);
    this.#plot.setData([times.slice(first), values.slice(first)]);
  }

  /** The borders of the time axis, in seconds since 1970, and what is drawn between them. */
  get shown() {
    const { scales, data } = this.#plot;
    return { from: scales.x.min, to: scales.x.max, times: data[0], values: data[1] };
  }

  /** In the colours that the page has now. */
  redraw() {
    this.#plot.redraw(false, true);
    for (const marker of this.#element.querySelectorAll('.u-marker'))
      marker.style.borderColor = getComputedStyle(this.#element).getPropertyValue('--line');
  }

  #marks() {
    const step = MARKS[this.#seconds] ?? this.#seconds / 5;
    return Array.from(
      { length: Math.floor(this.#seconds / step) + 1 },
      (_, i) => i * step,
    ).reverse();
  }
}

function formatMark(value) {
  return value.toLocaleString('en', { maximumSignificantDigits: 6 });
}

function formatTime(time) {
  return time === null ? '–' : new Date(time * 1000).toISOString().slice(11, 23);
}
