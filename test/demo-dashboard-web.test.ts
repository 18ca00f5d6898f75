// `npm run demo -- dashboard --web`, in a real browser: the page shows what the collectors wrote.
import { existsSync } from 'node:fs';
import { request } from 'node:http';
import { connect } from 'node:net';
import { once } from 'node:events';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { METRICS } from '../out/examples/dashboard/metrics';
import { DemoStage } from './support/demo';
import type { Program } from './support/programs';
import { pythons } from './support/python';

const CHROMIUM = '/usr/bin/chromium';
const RATE = 1000;
const [python] = pythons();
const there = existsSync(CHROMIUM);
if (!there && process.env['CI']) throw new Error(`no ${CHROMIUM}: apt-get install chromium`);

/** A demo with its page open. */
interface Open {
  readonly demo: Program;
  readonly url: string;
  /** The process of each collector. */
  readonly pids: readonly number[];
  readonly page: Page;
}

(there ? describe : describe.skip)('the page', () => {
  let browser: Browser;
  let stage: DemoStage;
  beforeAll(async () => {
    // As root it needs --no-sandbox; what it keeps in /dev/shm otherwise would seem left behind.
    const args = ['--no-sandbox', '--disable-dev-shm-usage'];
    browser = await chromium.launch({ executablePath: CHROMIUM, args });
  });
  afterAll(() => browser.close());
  /** What ends that which a test began. */
  const ends: (() => Promise<void>)[] = [];
  beforeEach(() => (stage = new DemoStage()));
  afterEach(async () => {
    const failures: unknown[] = [];
    for (const end of ends.splice(0).reverse())
      await end().catch((error: unknown) => failures.push(error));
    stage[Symbol.dispose]();
    expect(failures).toEqual([]);
  });

  async function start(args: readonly string[], collectors: number): Promise<Omit<Open, 'page'>> {
    const demo = stage.start(['dashboard', '--web', ...args]);
    ends.push(() => stop(demo));
    let url = '';
    const pids: number[] = [];
    while (pids.length < collectors) {
      const line = await demo.line();
      url ||= /http:\S+/.exec(line)?.[0] ?? '';
      const pid = /process (\d+)/.exec(line)?.[1];
      if (pid !== undefined) pids.push(Number(pid));
    }
    return { demo, url, pids };
  }

  /** Ctrl-C. */
  async function stop(demo: Program): Promise<void> {
    demo.child.kill('SIGINT');
    const exit = await demo.exit;
    expect(exit).toMatchObject({ code: null, signal: 'SIGINT', stderr: '' });
    stage.expectNothingLeft(exit);
  }

  async function open(
    args: readonly string[] = [],
    options: BrowserContextOptions & { readonly collectors?: number } = {},
  ): Promise<Open> {
    const { collectors = 4, ...view } = options;
    const hz = args.includes('--hz') ? [] : ['--hz', String(RATE)];
    const started = await start([...hz, '--collectors', String(collectors), ...args], collectors);
    const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, ...view });
    const page = await context.newPage();
    const faults: string[] = [];
    page.on('pageerror', (error) => faults.push(String(error)));
    page.on('console', (message) => {
      if (message.type() === 'error') faults.push(message.text());
    });
    page.on('request', (asked) => {
      if (!asked.url().startsWith(started.url)) faults.push(`it asks for ${asked.url()}`);
    });
    ends.push(async () => {
      await context.close();
      expect(faults).toEqual([]);
    });
    await page.goto(started.url);
    await until(page, `globalThis.dashboard?.latest()?.series.every(({ last }) => last)`);
    return { ...started, page };
  }

  const format = (value: number): string =>
    value.toLocaleString('en', {
      minimumFractionDigits: value >= 10 ? 1 : 3,
      maximumFractionDigits: value >= 10 ? 1 : 3,
    });
  const signal = (sample: number): number => METRICS.signal.expected(sample, RATE);

  /** Waits until an expression is true in the page. (Its own way would need `eval` in there.) */
  async function until(page: Page, expression: string): Promise<void> {
    while (!(await page.evaluate<boolean>(`Boolean(${expression})`)));
  }

  /** Waits until the page has been told of a whole second more than now. */
  async function aSecondLater(page: Page): Promise<void> {
    const now = await page.evaluate<number>('dashboard.latest().now');
    await until(page, `dashboard.latest().now > ${now + 1000}`);
  }

  /** What is drawn on the first chart. */
  async function picture(page: Page): Promise<string> {
    return page.evaluate<string>(`document.querySelector('canvas').toDataURL()`);
  }

  test.each([
    ['Node', [] as string[]],
    ['Python', python ? ['--with', 'python', '--python', python.command] : []],
  ])('shows the very values that a collector in %s wrote', async (language, args) => {
    const { page, pids } = await open([...args, '--metrics', 'signal'], { collectors: 2 });
    await aSecondLater(page);
    const card = page.locator('article').first();
    expect(await card.locator('h2').textContent()).toBe('Test signal');
    expect(await card.locator('.unit').textContent()).toBe('V');
    expect(await card.locator('.who').textContent()).toMatch(
      new RegExp(
        `^signal 1 · ${python ? language : 'Node'}, process ${pids[0]} · [\\d,]+ read, 0 lost$`,
      ),
    );
    for (let times = 0; times < 5; times += 1) {
      const [sample, text] = await page.evaluate<readonly [string, string]>(
        `(({ dataset, textContent }) => [dataset.sample, textContent])(document.querySelector('output'))`,
      );
      expect(text).toBe(format(signal(Number(sample))));
    }
    const points = await page.evaluate<{ samples: number[]; values: number[] }>(
      'dashboard.points(0)',
    );
    expect(points.samples.length).toBeGreaterThan(40);
    expect(points.values).toEqual(points.samples.map(signal));
    expect(points.samples).toEqual([...points.samples].sort((a, b) => a - b));
    // Each of the values drawn is one of them, and so is the one that the pointer is at.
    const drawn = await page.evaluate<number[]>('dashboard.shown(0).values');
    const written = Array.from({ length: (points.samples.at(-1) ?? 0) + 10 * RATE }, (_, i) =>
      signal(i + 1),
    );
    expect(drawn.filter((value) => !written.includes(value))).toEqual([]);
    await card.locator('.u-over').hover();
    await until(page, `document.querySelector('.u-legend .u-value').textContent !== '–'`);
    const legend = await card.locator('.u-series').last().textContent();
    const [, pointed = ''] = /^signal 1:? *([\d.]+) V$/.exec(legend ?? '') ?? [];
    expect(written.map(format)).toContain(pointed);
  });

  test('has a chart for each metric, and they move', async () => {
    const { page } = await open();
    expect(await page.locator('h2').allTextContents()).toEqual([
      'Test signal',
      'Processors in use',
      'Memory in use',
      "Lateness of the collector's timer",
    ]);
    expect(await page.locator('.unit').allTextContents()).toEqual(['V', '%', 'MiB', 'ms']);
    expect(await page.locator('canvas').count()).toBe(4);
    const before = await picture(page);
    const { from, to } = await page.evaluate<{ from: number; to: number }>('dashboard.shown(0)');
    expect(to - from).toBeCloseTo(5, 6);
    await aSecondLater(page);
    expect(await picture(page)).not.toBe(before);
    expect(await page.evaluate<number>('dashboard.shown(0).to')).toBeGreaterThan(to);
    expect(await page.locator('#summary').textContent()).toMatch(
      /^4 collectors · [\d,]+ samples read · 0 lost$/,
    );
    const facts = page.locator('article').first().locator('dl > div');
    expect(await facts.locator('dt').allTextContents()).toEqual([
      ...['mean', 'std. dev.', 'median', 'p95', 'p99', 'samples'],
    ]);
    await until(
      page,
      `[...document.querySelectorAll('dd')].every(({ textContent }) => /^-?[0-9]/.test(textContent))`,
    );
  });

  test('shows a collector that dies as stale, and the others go on', async () => {
    const { page, pids } = await open();
    const live = "document.querySelectorAll('article[data-state=live]').length";
    await until(page, `${live} === 4`);
    process.kill(pids[1] as number, 'SIGKILL');
    const stale = page.locator('article[data-state=stale]');
    await stale.waitFor();
    expect(await stale.locator('h2').textContent()).toBe('Processors in use');
    expect(await stale.locator('.state').textContent()).toMatch(/^stale: silent for \d+\.\d s$/);
    const last = await stale.locator('output').getAttribute('data-sample');
    await aSecondLater(page);
    await until(page, `${live} === 3`);
    expect(await stale.count()).toBe(1);
    expect(await stale.locator('output').getAttribute('data-sample')).toBe(last);
  });

  test('Pause keeps all of it as it is, and Resume shows what there is by then', async () => {
    const { page } = await open();
    await page.getByRole('button', { name: 'Pause' }).click();
    const shown = async (): Promise<string> =>
      (await picture(page)) + (await page.innerText('body'));
    const before = await shown();
    await aSecondLater(page);
    expect(await shown()).toBe(before);
    const { to } = await page.evaluate<{ to: number }>('dashboard.shown(0)');
    await page.getByText('15 s', { exact: true }).click();
    expect(await page.evaluate('dashboard.shown(0)')).toMatchObject({ from: to - 15, to });
    await page.getByRole('button', { name: 'Resume' }).click();
    await aSecondLater(page);
    expect(await page.evaluate<number>('dashboard.shown(0).to')).toBeGreaterThan(to + 1);
  });

  test('the window is that of charts and figures, and the page remembers it', async () => {
    const { page } = await open(['--hz', '100']);
    const samples = page.locator('article').first().locator('dd').last();
    const captions = page.locator('.window');
    expect(await captions.first().textContent()).toBe('The last 5 s');
    await page.getByText('60 s', { exact: true }).click();
    const { from, to } = await page.evaluate<{ from: number; to: number }>('dashboard.shown(3)');
    expect(to - from).toBeCloseTo(60, 6);
    expect(await captions.allTextContents()).toEqual(Array(4).fill('The last 60 s'));
    await until(page, `Number(document.querySelector('dl > :last-child dd').textContent) > 600`);
    await page.getByText('5 s', { exact: true }).click();
    expect(Number(await samples.textContent())).toBeLessThan(600);
    await page.getByText('15 s', { exact: true }).click();
    await page.reload();
    await until(page, `globalThis.dashboard?.latest()?.series[0].last`);
    await captions.first().getByText('The last 15 s').waitFor();
    // Also what was before this page was opened.
    const points = await page.evaluate<{ times: number[] }>('dashboard.points(0)');
    expect((points.times.at(-1) ?? 0) - (points.times[0] ?? 0)).toBeGreaterThan(5);
  });

  test('fits on a phone', async () => {
    const phone = { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true };
    const { page } = await open([], phone);
    for (const width of [390, 320, 844]) {
      await page.setViewportSize({ width, height: 844 });
      await aSecondLater(page);
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(width);
    }
    for (const control of await page
      .locator('#controls :is(button, select, label:has(input))')
      .all())
      expect((await control.boundingBox())?.height).toBeGreaterThanOrEqual(40);
    await page.locator('#pause').tap();
    expect(await page.locator('#pause').textContent()).toBe('Resume');
  });

  describe('light and dark', () => {
    const ratio = async (page: Page): Promise<number> => {
      const colours = await page.evaluate<string[]>(
        `[document.documentElement, document.querySelector('article')].map((one) => getComputedStyle(one)).flatMap(
          ({ color, backgroundColor }) => [color, backgroundColor])`,
      );
      const [text = 0, back = 0, , card = 0] = colours.map(luminance);
      const contrast = (a: number, b: number): number =>
        (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
      expect(contrast(text, back)).toBeGreaterThan(7);
      expect(contrast(text, card)).toBeGreaterThan(7);
      return text - back;
    };

    test.each(['light', 'dark'] as const)(
      '%s as the system, until told otherwise',
      async (scheme) => {
        const { page } = await open([], { colorScheme: scheme });
        const sign = scheme === 'light' ? -1 : 1;
        expect(Math.sign(await ratio(page))).toBe(sign);
        await page.locator('#pause').click();
        const before = await picture(page);
        await page.locator('#theme').selectOption(scheme === 'light' ? 'dark' : 'light');
        expect(Math.sign(await ratio(page))).toBe(-sign);
        expect(await picture(page)).not.toBe(before); // Axes and lines, too.
        await page.reload();
        await page.locator('article').first().waitFor();
        expect(Math.sign(await ratio(page))).toBe(-sign);
      },
    );
  });

  test('says that the connection is lost, and comes back by itself', async () => {
    const first = await start(['--hz', '100'], 4);
    const { port } = new URL(first.url);
    const page = await browser.newPage();
    ends.push(() => page.close());
    await page.goto(first.url);
    await page.locator('body[data-connection=live]').waitFor();
    await stop(first.demo);
    await page.getByText('Connection lost').waitFor();
    const second = await start(['--hz', '100', '--port', port], 4);
    await page.locator('body[data-connection=live]').waitFor();
    expect(await page.locator('#connection').textContent()).toBe('');
    await page.locator('.who', { hasText: `process ${second.pids[0]} ` }).waitFor();
  });
});

/** Relative luminance, as WCAG has it, of 'rgb(…)'. */
function luminance(colour: string): number {
  const [r = 0, g = 0, b = 0] = (colour.match(/[\d.]+/g) ?? []).map((text) => {
    const part = Number(text) / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

describe('the server', () => {
  let stage: DemoStage;
  let demo: Program;
  let port: number;
  beforeAll(async () => {
    stage = new DemoStage();
    demo = stage.start(['dashboard', '--web', '--hz', '10', '--collectors', '1']);
    let url: string | undefined;
    while ((url = /http:\S+/.exec(await demo.line())?.[0]) === undefined);
    port = Number(new URL(url).port);
  });
  afterAll(async () => {
    demo.child.kill('SIGINT');
    stage.expectNothingLeft(await demo.exit);
    stage[Symbol.dispose]();
  });

  async function ask(
    where: string,
    { host = `localhost:${port}`, method = 'GET' } = {},
  ): Promise<number | undefined> {
    const asked = request({ port, path: where, method, headers: { host } }).end();
    const [response] = (await once(asked, 'response')) as [import('node:http').IncomingMessage];
    response.destroy();
    return response.statusCode;
  }

  test.each(['localhost', '127.0.0.1', '[::1]:80'])('answers to %s', async (host) => {
    expect(await ask('/', { host })).toBe(200);
    expect(await ask('/events', { host })).toBe(200);
  });

  test.each(['dashboard.example', 'localhost.example:80', '127.0.0.1.example'])(
    'refuses a name that only leads here: %j',
    async (host) => {
      expect(await ask('/', { host })).toBe(403);
      expect(await ask('/events', { host })).toBe(403);
    },
  );

  test.each(['/nothing', '/../dashboard.ts', '/%2e%2e/server.ts', '//etc/passwd', '/web/app.js'])(
    'has no %s',
    async (where) => {
      expect(await ask(where)).toBe(404);
    },
  );

  test('is for reading', async () => {
    expect(await ask('/', { method: 'POST' })).toBe(405);
  });

  test('listens on 127.0.0.1 alone', async () => {
    const socket = connect(port, '127.0.0.2'); // Leads here, too, where a server listens everywhere.
    const [error] = (await once(socket, 'error')) as [NodeJS.ErrnoException];
    expect(error.code).toBe('ECONNREFUSED');
  });
});
