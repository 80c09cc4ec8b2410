import { randomBytes } from 'node:crypto';
import { setTimeout as work } from 'node:timers/promises';
import type OpenAI from 'openai';
import { z } from 'zod';
import { EmbeddedGateway } from '../../embedded/embedded-gateway.ts';
import { agentSafety } from '../../embedded/policy/agent-safety.ts';
import { starterPolicies } from '../../embedded/policy/starter-policies.ts';
import type { AgentsClient } from '../../runner/apis/agents/client.ts';
import type { CallRecord } from '../../runner/call/outcome.ts';
import { IntervenGateway } from '../../runner/gateway/interven.ts';
import { GuardedRunner } from '../../runner/guarded-runner.ts';
import { runView } from '../../runner/run-view.ts';
import { tool } from '../../runner/tools/tool.ts';
import { listenGateway } from '../../server/listen.ts';
import { createGatewayServer } from '../../server/server.ts';
import { callTools, say } from '../../testing/script.ts';
import { FakeOpenAI } from '../../testing/fake-openai.ts';
import { CommandError, type Io } from '../command.ts';

export interface DemoOptions {
  readonly api: 'assistants' | 'responses' | 'agents';
  readonly model?: string | undefined;
  readonly thread?: string | undefined;
  readonly assistant?: string | undefined;
  readonly interactive: boolean;
  /** True to print only the result, as JSON. */
  readonly json: boolean;
}

const TASK = 'Tidy up the backups.';
const MODEL = 'gpt-6.1-sol';
const WAIT_MINUTES = 3;

/** Runs the demo on the real or the fake API. Resolves with the exit code. */
export async function runDemo(options: DemoOptions, io: Io, Client: typeof OpenAI): Promise<number> {
  const print = options.json ? () => undefined : io.write;
  const view = runView(options.json ? { write: () => undefined } : io.screen, { env: io.env });
  const api = realApi(options, io, Client) ?? fakeApi(options.api, Client, view.isLive);
  const embedded = new EmbeddedGateway({ policies: [...starterPolicies, agentSafety] });
  const apiKey = io.env['INTERVEN_API_KEY'];
  const page = apiKey === undefined ? await openPage(embedded, options.interactive) : undefined;
  try {
    const runner = new GuardedRunner({
      client: api.client as OpenAI & AgentsClient,
      gateway: apiKey === undefined ? embedded : new IntervenGateway({ apiKey }),
      approval: 'wait',
      approvalTimeoutMs: WAIT_MINUTES * 60_000,
      transport: 'stream',
      payloads: true, // the view shows arguments
      onEvent: view,
      onApprovalRequested: async ({ approvalId, approvalUrl = 'at the gateway' }) => {
        if (!page) view.say(`Decide within ${WAIT_MINUTES} minutes: ${approvalUrl}`);
        else if (!options.interactive && approvalId !== undefined) await page.approveSoon(approvalId);
      },
      tools: TOOLS,
    });
    const by = page ? 'the embedded gateway' : 'the Interven gateway';
    print(`\nA guarded run: ${api.title}, judged by ${by}.\n\n`);
    if (page) print(`Approvals: ${page.url}, for this run only.\n`);
    if (page && options.interactive) print(`Token: ${page.token}\nA call waits ${WAIT_MINUTES} minutes for you.\n\n`);
    else if (page) print('The demo itself approves; with --interactive you do.\n\n');
    const started = performance.now();
    const { status, text, calls } = await api.start(runner);
    const took = Math.round(performance.now() - started);
    if (options.json) io.write(`${JSON.stringify({ status, text, calls: calls.map(callJson) })}\n`);
    if (!view.isLive) print(callTable(calls));
    print(`\n${calls.length} calls side by side; the run is ${status}, after ${took} ms.\n`);
    if (text === null) print('Assistant: (no text)\n');
    print('\nGuard your own run: the quickstart of the README has the code, about 40 lines.\n');
    return status === 'completed' ? 0 : 1;
  } finally {
    await page?.close();
  }
}

type Runner = GuardedRunner<unknown, OpenAI & AgentsClient>;

interface Api {
  readonly client: OpenAI;
  readonly title: string;
  readonly start: (
    runner: Runner,
  ) => Promise<{ readonly status: string; readonly text: string | null; readonly calls: readonly CallRecord[] }>;
}

const TOOLS = {
  get_time: () => new Date().toISOString(),
  search_docs: tool({
    description: 'Search the documentation',
    parameters: z.object({ query: z.string() }),
    execute: async ({ query }) => work(120).then(() => `3 pages on ${query}`),
  }),
  post_message: tool({
    description: 'Post a message to a Slack channel',
    parameters: z.object({ channel: z.string(), text: z.string() }),
    execute: async ({ channel, text }) => work(80).then(() => `posted to ${channel}: ${text}`),
  }),
  publish_note: tool({
    description: 'Publish a note',
    parameters: z.object({ text: z.string() }),
    execute: () => 'published',
  }),
  delete_backup: tool({
    description: 'Delete a backup',
    parameters: z.object({ name: z.string() }),
    execute: async ({ name }) => work(60).then(() => `${name} is deleted`),
  }),
  charge_card: tool({
    description: 'Charge the card of a customer',
    parameters: z.object({ cents: z.number() }),
    execute: async () => {
      await work(40);
      throw new Error('The payment provider is down.');
    },
  }),
};

function realApi({ api, model, thread, assistant }: DemoOptions, { env }: Io, Client: typeof OpenAI): Api | undefined {
  if (thread === undefined && assistant === undefined && model === undefined) return undefined;
  const { OPENAI_API_KEY: apiKey, OPENAI_BASE_URL: baseURL } = env;
  if (apiKey === undefined) throw new CommandError(2, 'A real run needs OPENAI_API_KEY.');
  const client = new Client({ apiKey, baseURL });
  const title = client.baseURL;
  if (api === 'responses' && model !== undefined) return { client, title, start: respond(model) };
  if (api === 'agents' && model !== undefined) return { client, title, start: serveSession(client, model) };
  if (api === 'assistants' && thread !== undefined && assistant !== undefined) {
    return { client, title, start: run(thread, assistant) };
  }
  throw new CommandError(2, 'A real run needs --api responses or agents and --model, or --thread and --assistant.');
}

function run(threadId: string, assistantId: string): Api['start'] {
  return async (runner) => runner.run(threadId, assistantId, { params: { tools: runner.toolDefinitions() } });
}

function respond(model: string): Api['start'] {
  return async (runner) => runner.responses({ model, input: TASK });
}

function serveSession(client: OpenAI, model: string): Api['start'] {
  const { agents } = client.beta as { readonly agents?: { readonly sessions: SessionCreation } };
  if (!agents) throw new CommandError(3, NEEDS_OPENAI_7);
  return async (runner) => {
    const agent = { model, tools: runner.toolDefinitions('agents') };
    const { id } = await agents.sessions.create({ environment: { type: 'none' }, agent, input: TASK });
    return runner.resumeSession(id);
  };
}

const NEEDS_OPENAI_7 = `--api agents needs openai 7.15 or newer. In a project: npm install openai@latest
Without one: npx -p openai@latest -p interven-openai-assistants interven demo --api agents`;

interface SessionCreation {
  create(body: object): PromiseLike<{ readonly id: string }>;
}

function fakeApi(api: DemoOptions['api'], Client: typeof OpenAI, isLive: boolean): Api {
  const openai = new FakeOpenAI({
    script: [
      callTools(
        { name: 'get_time' },
        { name: 'search_docs', arguments: { query: 'backups' } },
        { name: 'post_message', arguments: { channel: '#ops', text: 'Ask ada@example.com about the backups.' } },
        { name: 'publish_note', arguments: { text: 'The deploy key is AKIA' + 'IOSFODNN7EXAMPLE.' } },
        { name: 'delete_backup', arguments: { name: 'monday.tar' } },
        { name: 'charge_card', arguments: { cents: 1_900 } },
      ),
      say('I posted to #ops and deleted monday.tar. The note was blocked, and the card could not be charged.'),
    ],
  });
  const fetch: typeof openai.fetch = async (input, init) => {
    const response = await openai.fetch(input, init);
    return isLive ? atReadingPace(response) : response;
  };
  const client = new Client({ apiKey: 'offline', baseURL: openai.baseURL, fetch });
  const { threadId, assistantId } = openai.seed(TASK);
  const starts = {
    assistants: () => run(threadId, assistantId),
    responses: () => respond(MODEL),
    agents: () => serveSession(client, MODEL),
  };
  return { client, title: `a fake OpenAI API in this process (${api})`, start: starts[api]() };
}

/** Delays text, because the fake model says everything at once. */
function atReadingPace(response: Response): Response {
  const words = new TransformStream<Uint8Array, Uint8Array>({
    async transform(event, controller) {
      if (/(message|text)\.delta/.test(Buffer.from(event).toString())) await work(40);
      controller.enqueue(event);
    },
  });
  return new Response(response.body?.pipeThrough(words) ?? null, response);
}

/** Opens the approvals page of the gateway on a free port of this machine. */
async function openPage(gateway: EmbeddedGateway, isInteractive: boolean) {
  const token = randomBytes(24).toString('base64url');
  const keys = [`iv_test_${randomBytes(16).toString('hex')}`];
  const approvers = [{ name: isInteractive ? 'you' : 'the demo', token }];
  const { url, close } = await listenGateway(createGatewayServer({ gateway, keys, approvers }), { port: 0 });
  /** Approves as a click on the page does. */
  const approveSoon = async (approvalId: string): Promise<void> => {
    await work(300);
    const address = `${url}/v1/approvals/${approvalId}/approve`;
    await fetch(address, { method: 'POST', headers: { authorization: `Bearer ${token}` } });
  };
  return { url, token, close, approveSoon };
}

function callTable(calls: readonly CallRecord[]): string {
  const rows = [['tool', 'decision', 'why', 'what ran', 'time'], ...calls.map(describeCall)];
  const widths = [0, 1, 2, 3].map((column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const lines = rows.map((row) => `  ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('   ')}\n`);
  return `\n${lines.join('')}`;
}

function describeCall({ name, decision, reasonCodes, outcome, executed, ...times }: CallRecord): string[] {
  const ms = (times.scanMs ?? 0) + (times.approvalMs ?? 0) + (times.handlerMs ?? 0);
  const why = reasonCodes.join(', ') || '-';
  return [name, decision ?? '-', why, whatRan(outcome, executed), `${Math.round(ms)} ms`];
}

function callJson({ name, decision, reasonCodes, outcome, executed }: CallRecord) {
  return { name, decision, reason_codes: reasonCodes, outcome, executed };
}

function whatRan(outcome: CallRecord['outcome'], executed: CallRecord['executed']): string {
  if (outcome === 'allowed') return 'it ran';
  if (outcome === 'sanitized') return 'it ran, with redacted arguments';
  if (outcome === 'handler_error') return 'it ran, and failed';
  return executed === 'no' ? `nothing: ${outcome}` : `perhaps: ${outcome}`;
}
