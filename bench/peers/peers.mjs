/**
 * The same work by five libraries: a model asks for N tool calls in one turn, each needs a decision that takes 50 ms before
 * a handler that takes 100 ms. Each contender uses its own, documented way to decide before a tool runs. Rounds alternate;
 * medians are printed: wall time over the critical path (150 ms), and CPU per call of this process.
 */
import { fork } from 'node:child_process';
import { cpus } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { createOpenAI } from '@ai-sdk/openai';
import { ChatOpenAI } from '@langchain/openai';
import { Agent, OpenAIProvider, Runner, setTracingDisabled, tool as agentsTool } from '@openai/agents';
import { generateText, isStepCount, tool as aiTool } from 'ai';
import { GuardedRunner, tool } from 'interven-openai-assistants';
import { createAgent, createMiddleware, tool as langchainTool } from 'langchain';
import OpenAI from 'openai';
import { z } from 'zod';

const DECISION_MS = 50;
const HANDLER_MS = 100;
const COUNTS = [1, 16, 64];
const ROUNDS = Number(process.argv[2] ?? 7);
const model = 'bench-model';
const prompt = 'Tell everybody.';

const server = fork(new URL('server.mjs', import.meta.url));
const port = await new Promise((resolve) => server.once('message', resolve));
const baseURL = `http://127.0.0.1:${port}/v1`;
const client = new OpenAI({ apiKey: 'bench', baseURL });
setTracingDisabled(true);

let decided = 0;
let handled = 0;
const parameters = z.object({ channel: z.string(), text: z.string() });
const description = 'Post a message';
const decide = async () => {
  await sleep(DECISION_MS);
  decided += 1;
  return true;
};
const handle = async () => {
  await sleep(HANDLER_MS);
  handled += 1;
  return 'posted';
};

/** Each prepares what a program prepares once, and returns what it does for each run. */
const CONTENDERS = {
  ours() {
    const decision = { decision: 'ALLOW', reasonCodes: [], classifications: [], raw: {} };
    const gateway = {
      scan: async () => ((await decide()) ? decision : undefined),
      approvalStatus: async () => ({ status: 'pending' }),
    };
    const tools = { post: tool({ description, parameters, execute: handle }) };
    const runner = new GuardedRunner({ client, gateway, tools, maxConcurrentScans: 64, maxConcurrentHandlers: 64 });
    return async () => (await runner.responses({ model, input: prompt })).text;
  },
  runTools() {
    const post = {
      type: 'function',
      function: {
        name: 'post',
        description,
        parameters: z.toJSONSchema(parameters),
        parse: (text) => parameters.parse(JSON.parse(text)),
        function: async () => ((await decide()) ? handle() : 'blocked'),
      },
    };
    return async () => {
      const runner = client.chat.completions.runTools({
        model,
        messages: [{ role: 'user', content: prompt }],
        tools: [post],
      });
      return runner.finalContent();
    };
  },
  'OpenAI Agents SDK'() {
    const needsApproval = async () => !(await decide());
    const post = agentsTool({ name: 'post', description, parameters, needsApproval, execute: handle });
    const agent = new Agent({ name: 'bench', model, tools: [post] });
    const runner = new Runner({ modelProvider: new OpenAIProvider({ apiKey: 'bench', baseURL, useResponses: true }) });
    return async () => (await runner.run(agent, prompt)).finalOutput;
  },
  'AI SDK'() {
    const languageModel = createOpenAI({ apiKey: 'bench', baseURL }).responses(model);
    const post = aiTool({ description, inputSchema: parameters, execute: handle });
    const toolApproval = { post: async () => ((await decide()) ? 'approved' : 'denied') };
    return async () =>
      (await generateText({ model: languageModel, prompt, tools: { post }, toolApproval, stopWhen: isStepCount(5) }))
        .text;
  },
  LangChain() {
    const post = langchainTool(handle, { name: 'post', description, schema: parameters });
    const guard = createMiddleware({
      name: 'guard',
      wrapToolCall: async (request, next) => {
        if (!(await decide())) throw new Error('blocked');
        return next(request);
      },
    });
    const chat = new ChatOpenAI({ model, apiKey: 'bench', configuration: { baseURL }, useResponsesApi: false });
    const agent = createAgent({ model: chat, tools: [post], middleware: [guard] });
    return async () => (await agent.invoke({ messages: [{ role: 'user', content: prompt }] })).messages.at(-1).content;
  },
};

const contenders = Object.entries(CONTENDERS).map(([name, prepare]) => ({ name, run: prepare() }));
console.log(`Node ${process.version}, ${cpus().length} x ${cpus()[0]?.model ?? 'CPU'}, ${ROUNDS} rounds, medians\n`);
console.log('| N | contender | wall / critical path | CPU per call, µs |\n|---|---|---|---|');
for (const count of COUNTS) {
  await fetch(`http://127.0.0.1:${port}/calls`, { method: 'POST', body: JSON.stringify({ count }) });
  const results = new Map(contenders.map(({ name }) => [name, []]));
  // The first round warms up.
  for (let round = 0; round <= ROUNDS; round += 1) {
    for (const { name, run } of contenders) {
      const measured = await measure(run, count, name);
      if (round > 0) results.get(name).push(measured);
    }
  }
  for (const [name, rows] of results) {
    const wall = median(rows.map((row) => row.wallMs)) / (DECISION_MS + HANDLER_MS);
    const cpu = median(rows.map((row) => row.cpuUs)) / count;
    console.log(`| ${count} | ${name} | ${wall.toFixed(2)} | ${cpu.toFixed(0)} |`);
  }
}
server.kill();

async function measure(run, count, name) {
  [decided, handled] = [0, 0];
  const cpu = process.cpuUsage();
  const started = performance.now();
  const text = await run();
  const wallMs = performance.now() - started;
  const { user, system } = process.cpuUsage(cpu);
  // A contender that skips a decision or a handler is not compared.
  if (decided !== count || handled !== count || text !== 'done') {
    throw new Error(
      `${name}: ${decided} decisions and ${handled} handlers for ${count} calls, text ${JSON.stringify(text)}`,
    );
  }
  return { wallMs, cpuUs: user + system };
}

function median(values) {
  const sorted = [...values].sort((one, other) => one - other);
  return sorted[Math.floor(sorted.length / 2)];
}
