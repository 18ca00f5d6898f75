/** The dashboard as a web page, for this machine alone. */
import { readFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import * as path from 'node:path';
import type { Series } from './analyzer';
import { now } from './ring';
import { packageRoot } from '../support/paths';

/** The windows that the page has to choose from, in seconds. */
export const WINDOWS = [5, 15, 60] as const;

const EVERY_MS = 100;
/** Statistics of a minute at 10,000 samples a second take some milliseconds: not every time. */
const STATISTICS_EVERY = 5;
/** A page that is so many bytes behind is let go: it comes again, and begins with what there is. */
const FAR_BEHIND = 4 * 2 ** 20;

/** By any other name that leads to this address, somebody else's page would read ours. */
const NAMES = ['127.0.0.1', 'localhost', '[::1]'];

const web = path.join(packageRoot, 'examples', 'dashboard', 'web');
const uplot = path.dirname(require.resolve('uplot'));
const FILES = new Map<string, readonly [file: string, type: string]>([
  ['/', [path.join(web, 'index.html'), 'text/html']],
  ['/app.js', [path.join(web, 'app.js'), 'text/javascript']],
  ['/chart.js', [path.join(web, 'chart.js'), 'text/javascript']],
  ['/style.css', [path.join(web, 'style.css'), 'text/css']],
  ['/icon.svg', [path.join(web, 'icon.svg'), 'image/svg+xml']],
  ['/uplot.js', [path.join(uplot, 'uPlot.esm.js'), 'text/javascript']],
  ['/uplot.css', [path.join(uplot, 'uPlot.min.css'), 'text/css']],
]);

export class DashboardServer {
  readonly url: string;
  readonly #server: Server;
  readonly #pages = new Set<ServerResponse>();
  readonly #series: readonly Series[];
  readonly #timer: NodeJS.Timeout;
  #count = 0;

  /** @param port - 0 for any that is free. @throws EADDRINUSE, EACCES */
  static async start(series: readonly Series[], port: number): Promise<DashboardServer> {
    const server = createServer();
    // Not on the network: whoever sees this machine's figures has to be on it.
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
    return new DashboardServer(server, series);
  }

  private constructor(server: Server, series: readonly Series[]) {
    this.#server = server;
    this.#series = series;
    this.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    server.on('request', (request: IncomingMessage, response: ServerResponse) => {
      this.#answer(request, response).catch(() => response.destroy());
    });
    this.#timer = setInterval(() => {
      this.#send();
    }, EVERY_MS);
  }

  async close(): Promise<void> {
    clearInterval(this.#timer);
    this.#server.closeAllConnections();
    this.#server.close();
    await once(this.#server, 'close');
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { hostname } = new URL(`http://${request.headers.host ?? 'nobody'}`);
    const [where = ''] = (request.url ?? '').split('?');
    const known = FILES.get(where);
    if (!NAMES.includes(hostname)) refuse(response, 403);
    else if (request.method !== 'GET') refuse(response, 405);
    else if (where === '/events') this.#welcome(response);
    else if (known === undefined) refuse(response, 404);
    else await sendFile(response, ...known);
  }

  /** Begins a stream of events with what there is so far. */
  #welcome(response: ServerResponse): void {
    response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
    const series = this.#series.map(({ name, language, metric, outline }) => ({
      name,
      language,
      title: metric.title,
      unit: metric.unit,
      range: metric.range ?? null,
      points: outline.taken.flat(),
    }));
    response.write(event('hello', { now: now(), windows: WINDOWS, series }));
    response.write(event('news', this.#news({ statistics: true, points: false })));
    this.#pages.add(response);
    response.on('close', () => this.#pages.delete(response));
  }

  #send(): void {
    const statistics = this.#count % STATISTICS_EVERY === 0 && this.#pages.size > 0;
    this.#count += 1;
    const news = event('news', this.#news({ statistics, points: true }));
    for (const page of this.#pages) {
      if (page.writableLength > FAR_BEHIND) page.destroy();
      else page.write(news);
    }
  }

  #news(what: { readonly statistics: boolean; readonly points: boolean }): unknown {
    const time = now();
    const series = this.#series.map((one) => ({
      state: one.state,
      pid: one.pid,
      silence: one.state === 'waiting' ? 0 : one.silence,
      read: one.read,
      lost: one.lost,
      last: one.last ?? null,
      points: what.points ? one.outline.take(time).flat() : [],
      statistics: what.statistics ? WINDOWS.map((seconds) => one.statistics(seconds)) : null,
    }));
    return { now: time, series };
  }
}

function event(name: string, data: unknown): string {
  return `event: ${name}\ndata: ${JSON.stringify(data)}\n\n`;
}

async function sendFile(response: ServerResponse, file: string, type: string): Promise<void> {
  const content = await readFile(file);
  response.writeHead(200, {
    'content-type': `${type}; charset=utf-8`,
    'content-security-policy': "default-src 'self'; frame-ancestors 'none'",
    'x-content-type-options': 'nosniff',
    'cache-control': 'no-cache',
  });
  response.end(content);
}

function refuse(response: ServerResponse, status: number): void {
  response.writeHead(status).end();
}
