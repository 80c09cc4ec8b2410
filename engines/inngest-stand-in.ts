/** Stands in for Inngest's server, which is not an npm package: it takes events, and calls a function until it has ended. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

interface StepResult {
  readonly id: string;
  readonly data?: unknown;
  readonly error?: unknown;
}

export async function inngestStandIn(functionId: string, port: number) {
  const url = `http://127.0.0.1:${port}/api/inngest?fnId=${functionId}&stepId=step`;
  let isClosing = false;

  /** Repeats a request that failed or whose worker died, and passes the results of steps on. */
  async function run(event: unknown, runId: string): Promise<void> {
    const steps: Record<string, unknown> = {};
    while (!isClosing) {
      const stack = { stack: Object.keys(steps), current: Object.keys(steps).length };
      const body = JSON.stringify({ event, events: [event], steps, ctx: { run_id: runId, attempt: 0, stack } });
      const response = await fetch(url, { method: 'POST', body }).catch(() => undefined);
      if (response?.status === 200) return;
      const results = response?.status === 206 ? ((await response.json()) as StepResult[]) : [];
      const succeeded = results.filter(({ error }) => error === undefined);
      for (const { id, data } of succeeded) steps[id] = { type: 'data', data };
      if (succeeded.length === 0) await sleep(500);
    }
  }

  let runs = 0;
  const server = createServer(async (request, response) => {
    let text = '';
    for await (const chunk of request) text += String(chunk);
    const isEvent = request.url?.startsWith('/e/') ?? false;
    const events = isEvent ? [JSON.parse(text) as unknown].flat() : [];
    for (const event of events) void run(event, `run-${(runs += 1)}`);
    response.setHeader('content-type', 'application/json');
    response.end(JSON.stringify({ ids: events.map((_, index) => `event-${index}`), status: 200 }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: (): void => {
      isClosing = true;
      server.closeAllConnections();
      server.close();
    },
  };
}
