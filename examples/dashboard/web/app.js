/** The page: news come as server-sent events, ten times a second. */
import { Chart, formatValue, Points } from './chart.js';

const TRY_AGAIN_MS = 2000;
const COUNT = new Intl.NumberFormat('en');

const find = (selector) => document.querySelector(selector);

/** One for each metric: its card, its chart and its points. */
let cards = [];
let windows = [];
let seconds = Number(localStorage.getItem('seconds')) || 5;
/** What the server said last, and the newest statistics: they do not come each time. */
let latest;
/** What was there when it was paused: that stays on the page. */
let frozen;

function connect() {
  const source = new EventSource('events');
  source.addEventListener('hello', ({ data }) => {
    begin(JSON.parse(data));
  });
  source.addEventListener('news', ({ data }) => {
    take(JSON.parse(data));
  });
  source.addEventListener('open', () => {
    showConnection('live');
  });
  source.addEventListener('error', () => {
    showConnection('lost');
    if (source.readyState === EventSource.CLOSED) setTimeout(connect, TRY_AGAIN_MS);
  });
}

function showConnection(state) {
  document.body.dataset.connection = state;
  find('#connection').textContent =
    state === 'lost' ? 'Connection lost: these figures are old. Trying again …' : '';
}

function begin(hello) {
  if (frozen) togglePause();
  latest = undefined;
  windows = hello.windows;
  if (!windows.includes(seconds)) seconds = windows[0];
  find('#windows').replaceChildren(find('#windows legend'), ...windows.map(windowChoice));
  find('main').replaceChildren();
  cards = hello.series.map((series) => {
    const card = find('#card').content.cloneNode(true).firstElementChild;
    card.querySelector('h2').textContent = series.title;
    card.querySelector('.unit').textContent = series.unit;
    find('main').append(card);
    const points = new Points();
    points.add(series.points);
    return { series, card, points, chart: new Chart(card.querySelector('.chart'), series) };
  });
}

function windowChoice(choice) {
  const input = document.createElement('input');
  Object.assign(input, {
    type: 'radio',
    name: 'window',
    value: choice,
    checked: choice === seconds,
  });
  input.addEventListener('change', () => {
    seconds = choice;
    localStorage.setItem('seconds', choice);
    render();
  });
  const label = document.createElement('label');
  label.append(input, `${choice} s`);
  return label;
}

function take(news) {
  news.series.forEach((one, i) => {
    cards[i].points.add(one.points);
    cards[i].points.forget(news.now / 1000 - Math.max(...windows) - 1);
    one.statistics ??= latest?.series[i]?.statistics;
  });
  latest = news;
  if (!frozen) requestAnimationFrame(render);
}

function render() {
  const { news, points } = frozen ?? { news: latest, points: cards.map((card) => card.points) };
  if (news === undefined) return;
  const sum = (key) => news.series.reduce((total, one) => total + one[key], 0);
  find('#summary').textContent =
    `${cards.length} collectors · ${COUNT.format(sum('read'))} samples read · ` +
    `${COUNT.format(sum('lost'))} lost`;
  cards.forEach(({ series, card, chart }, i) => {
    renderCard(card, series, news.series[i]);
    chart.draw(points[i], news.now / 1000, seconds);
  });
}

function renderCard(
  card,
  { name, language },
  { state, pid, silence, last, statistics, read, lost },
) {
  card.dataset.state = state;
  const silent = `stale: silent for ${(silence / 1000).toFixed(1)} s`;
  card.querySelector('.state').textContent = state === 'stale' ? silent : state;
  card.querySelector('.who').textContent =
    `${name} · ${language}, process ${pid} · ${COUNT.format(read)} read, ${COUNT.format(lost)} lost`;
  const output = card.querySelector('output');
  output.textContent = formatValue(last?.[1]);
  output.dataset.sample = last?.[0] ?? '';
  const s = statistics?.[windows.indexOf(seconds)];
  card.querySelector('.window').textContent = `The last ${seconds} s`;
  renderFacts(card.querySelector('dl'), {
    mean: formatValue(s?.mean),
    'std. dev.': formatValue(s?.deviation),
    median: formatValue(s?.p50),
    p95: formatValue(s?.p95),
    p99: formatValue(s?.p99),
    samples: COUNT.format(s?.count ?? 0),
  });
}

function renderFacts(list, facts) {
  list.replaceChildren(
    ...Object.entries(facts).map(([term, text]) => {
      const fact = document.createElement('div');
      fact.append(document.createElement('dt'), document.createElement('dd'));
      fact.children[0].textContent = term;
      fact.children[1].textContent = text;
      return fact;
    }),
  );
}

function togglePause() {
  frozen = frozen ? undefined : { news: latest, points: cards.map(({ points }) => points.copy()) };
  find('#pause').setAttribute('aria-pressed', String(frozen !== undefined));
  find('#pause').textContent = frozen ? 'Resume' : 'Pause';
  render();
}

function setTheme(theme) {
  if (theme === 'light dark') delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme;
  for (const { chart } of cards) chart.redraw();
}

find('#pause').addEventListener('click', togglePause);
find('#theme').addEventListener('change', ({ target }) => {
  localStorage.setItem('theme', target.value);
  setTheme(target.value);
});
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => {
  for (const { chart } of cards) chart.redraw();
});
find('#theme').value = localStorage.getItem('theme') ?? 'light dark';
setTheme(find('#theme').value);
connect();

/** For the console, and for tests: what is there, and what is shown. */
globalThis.dashboard = {
  latest: () => latest,
  points: (i) => cards[i].points,
  shown: (i) => cards[i].chart.shown,
};
