/**
 * A guarded run that meets all four decisions and a failing handler. Offline by default: a fake OpenAI API and an
 * embedded gateway in this process. With OPENAI_API_KEY, and a model or the ids of a thread and an assistant, it talks to
 * a real API, with INTERVEN_API_KEY to the hosted gateway: see USAGE.
 */
import { randomBytes } from 'node:crypto';
import { setTimeout as work } from 'node:timers/promises';
import { parseArgs } from 'node:util';
// The Agents API needs openai 7.15 or newer.
import OpenAI from 'openai7';
import { z } from 'zod';
import { GuardedRunner, IntervenGateway, tool, type CallRecord, type Gateway } from 'interven-openai-assistants';
import { agentSafety, EmbeddedGateway, starterPolicies } from 'interven-openai-assistants/embedded';
import { createGatewayServer, listenGateway } from 'interven-openai-assistants/server';
import { callTools, FakeOpenAI, say } from 'interven-openai-assistants/testing';
import { viewOn, visible } from './live-view.ts';
import { MODEL } from './model.ts';

const USAGE = `npm start                                          a guarded run, offline
npm start -- --interactive                         the same; you approve, on the page whose address it prints
npm start -- --api responses                       the same with the Responses API
npm start -- --api agents                          the same with the hosted Agents API
npm start -- --api responses --model ${MODEL}   the same on a real API, with OPENAI_API_KEY
npm start -- --api agents --model ${MODEL}      likewise
npm start -- --thread thread_… --assistant asst_…  a run of the Assistants API, with OPENAI_API_KEY`;
const TASK = 'Tidy up the backups.';

const values = readArguments();
const view = viewOn(process.stdout, process.env);
const api = realApi() ?? fakeApi();
const embedded = new EmbeddedGateway({ policies: [...starterPolicies, agentSafety] });
const hosted = process.env['INTERVEN_API_KEY'] !== undefined;
const gateway: Gateway = hosted ? new IntervenGateway() : embedded;
const page = hosted ? undefined : await openPage();

const waitMinutes = 3;

const text = z.object({ text: z.string() });
const runner = new GuardedRunner({
  client: api.client,
  gateway,
  approval: 'wait',
  approvalTimeoutMs: waitMinutes * 60_000,
  transport: 'stream',
  payloads: true, // the view shows arguments
  onEvent: view.show,
  onApprovalRequested: async ({ approvalId, approvalUrl = 'at the gateway' }) => {
    if (!page) view.say(`Decide within ${waitMinutes} minutes: ${visible(approvalUrl)}`);
    else if (!values.interactive && approvalId !== undefined) await page.approveSoon(approvalId);
  },
  tools: {
    get_time: () => new Date().toISOString(),
    search_docs: tool({
      description: 'Search the documentation',
      parameters: z.object({ query: z.string() }),
      execute: async ({ query }) => work(120).then(() => `3 pages on ${query}`),
    }),
    post_message: tool({
      description: 'Post a message to a Slack channel',
      parameters: z.object({ channel: z.string(), text: z.string() }),
      execute: async ({ channel, text: posted }) => work(80).then(() => `posted to ${channel}: ${posted}`),
    }),
    publish_note: tool({ description: 'Publish a note', parameters: text, execute: () => 'published' }),
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
  },
});

console.log(`\nA guarded run: ${api.title}, judged by ${hosted ? 'the Interven gateway' : 'the embedded gateway'}.\n`);
if (page) {
  console.log(`Approvals: ${page.url}, for this run only.`);
  if (values.interactive) console.log(`Token: ${page.token}\nA call waits ${waitMinutes} minutes for you.\n`);
  else console.log('The demo itself approves; with --interactive you do.\n');
}
const started = performance.now();
const result = await api.start();
const took = Math.round(performance.now() - started);
if (!view.isLive) printCalls(result.calls);
console.log(`\n${result.calls.length} calls side by side; the run is ${result.status}, after ${took} ms.`);
if (result.text === null) console.log('Assistant: (no text)');
console.log('\nThe code of this run: examples/demo.ts\n');
if (result.status !== 'completed') process.exitCode = 1;
await page?.close();

/** The embedded gateway's page for approvers, on a free port of this machine. */
async function openPage() {
  const token = randomBytes(24).toString('base64url');
  const keys = [`iv_test_${randomBytes(16).toString('hex')}`];
  const approvers = [{ name: values.interactive ? 'you' : 'the demo', token }];
  const server = createGatewayServer({ gateway: embedded, keys, approvers });
  const { url, close } = await listenGateway(server, { port: 0 });
  /** As a click on the page does. */
  const approveSoon = async (approvalId: string): Promise<void> => {
    await work(300);
    const address = `${url}/v1/approvals/${approvalId}/approve`;
    await fetch(address, { method: 'POST', headers: { authorization: `Bearer ${token}` } });
  };
  return { url, token, close, approveSoon };
}

function printCalls(calls: readonly CallRecord[]): void {
  console.log();
  const rows = [['tool', 'decision', 'why', 'what ran', 'time'], ...calls.map(describeCall)];
  const widths = [0, 1, 2, 3].map((column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  for (const row of rows) console.log(`  ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('   ')}`);
}

function describeCall({ name, decision, reasonCodes, outcome, executed, ...times }: CallRecord): string[] {
  const ms = (times.scanMs ?? 0) + (times.approvalMs ?? 0) + (times.handlerMs ?? 0);
  const why = reasonCodes.join(', ') || '-';
  return [name, decision ?? '-', why, whatRan(outcome, executed), `${Math.round(ms)} ms`];
}

function whatRan(outcome: CallRecord['outcome'], executed: CallRecord['executed']): string {
  if (outcome === 'allowed') return 'it ran';
  if (outcome === 'sanitized') return 'it ran, with redacted arguments';
  if (outcome === 'handler_error') return 'it ran, and failed';
  return executed === 'no' ? `nothing: ${outcome}` : `perhaps: ${outcome}`;
}

interface Api {
  client: OpenAI;
  title: string;
  /** Starts the run on {@link runner}. */
  start: () => Promise<{ status: string; text: string | null; calls: readonly CallRecord[] }>;
}

interface Arguments {
  api: 'assistants' | 'responses' | 'agents';
  model?: string | undefined;
  thread?: string | undefined;
  assistant?: string | undefined;
  interactive?: boolean | undefined;
}

function readArguments(): Arguments {
  try {
    const text = { type: 'string' } as const;
    const flag = { type: 'boolean' } as const;
    const options = { api: text, model: text, thread: text, assistant: text, interactive: flag, help: flag } as const;
    const { values: given } = parseArgs({ options });
    if (given.help) return quit(USAGE, 0);
    const { api: name = 'assistants' } = given;
    if (name === 'assistants' || name === 'responses' || name === 'agents') return { ...given, api: name };
    return quit(`There is no --api ${name}; there are assistants, responses and agents.\n${USAGE}`);
  } catch (error) {
    return quit(`${error instanceof Error ? error.message : String(error)}\n${USAGE}`);
  }
}

function quit(message: string, exitCode = 1): never {
  console.log(message);
  process.exit(exitCode);
}

function realApi(): Api | undefined {
  const { thread, assistant, model } = values;
  if (thread === undefined && assistant === undefined && model === undefined) return undefined;
  if (process.env['OPENAI_API_KEY'] === undefined) return quit(`A real run needs OPENAI_API_KEY.\n${USAGE}`);
  const client = new OpenAI();
  const title = client.baseURL;
  if (values.api === 'responses' && model !== undefined) return { client, title, start: respond(model) };
  if (values.api === 'agents' && model !== undefined) return { client, title, start: serveSession(client, model) };
  if (values.api === 'assistants' && thread !== undefined && assistant !== undefined) {
    return { client, title, start: run(thread, assistant) };
  }
  return quit(`A real run needs --api responses or agents and --model, or --thread and --assistant.\n${USAGE}`);
}

function run(threadId: string, assistantId: string): Api['start'] {
  return async () => runner.run(threadId, assistantId, { params: { tools: runner.toolDefinitions() } });
}

function respond(model: string): Api['start'] {
  return async () => runner.responses({ model, input: TASK });
}

function serveSession(client: OpenAI, model: string): Api['start'] {
  return async () => {
    const agent = { model, tools: runner.toolDefinitions('agents') };
    const body = { environment: { type: 'none' }, agent, input: TASK } as const;
    const { id } = await client.beta.agents.sessions.create(body);
    return runner.resumeSession(id);
  };
}

function fakeApi(): Api {
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
    return view.isLive ? atReadingPace(response) : response;
  };
  const client = new OpenAI({ apiKey: 'offline', baseURL: openai.baseURL, fetch });
  const { threadId, assistantId } = openai.seed(TASK);
  const starts = {
    assistants: run(threadId, assistantId),
    responses: respond(MODEL),
    agents: serveSession(client, MODEL),
  };
  const start = starts[values.api];
  return { client, title: `a fake OpenAI API in this process (${values.api})`, start };
}

/** The fake model says everything at once. */
function atReadingPace(response: Response): Response {
  const words = new TransformStream<Uint8Array, Uint8Array>({
    async transform(event, controller) {
      if (/(message|text)\.delta/.test(Buffer.from(event).toString())) await work(40);
      controller.enqueue(event);
    },
  });
  return new Response(response.body?.pipeThrough(words) ?? null, response);
}
