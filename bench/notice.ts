/** Time from the model's tool call to the gateway's scan. */
import OpenAI7 from 'openai7';
import { GuardedRunner, type Decision, type Gateway, type Transport } from 'interven-openai-assistants';
import { callTools, FakeOpenAI, say } from 'interven-openai-assistants/testing';
import { MODEL } from '../examples/model.ts';

const ROUNDS = 21;
/** The model thinks for as long as a small one, each time at another phase of the poll. */
const thinkMsOf = (round: number): number => 500 + (1_000 / ROUNDS) * round;

const allow: Decision = { decision: 'ALLOW', reasonCodes: [], classifications: [], raw: {} };

type Api = 'run' | 'responses, in the background' | 'session';

async function noticeMs(api: Api, transport: Transport, thinkMs: number): Promise<number> {
  let askedAt = 0;
  const gateway: Gateway = {
    async scan() {
      times.push(performance.now() - askedAt);
      return allow;
    },
    approvalStatus: async () => ({ status: 'pending' }),
  };
  const times: number[] = [];
  const openai = new FakeOpenAI({
    thinkMs,
    script({ turn }) {
      askedAt = performance.now();
      return turn === 1 ? callTools({ name: 'post' }) : say('ok');
    },
  });
  const client = new OpenAI7({ apiKey: 'bench', baseURL: openai.baseURL, fetch: openai.fetch });
  const runner = new GuardedRunner({ client, gateway, transport, tools: { post: () => 'posted' } });
  const { threadId, assistantId, sessionId } = openai.seed('Hello');
  if (api === 'run') await runner.run(threadId, assistantId);
  else if (api === 'session') await runner.session(sessionId, { input: 'Hello' });
  else await runner.responses({ model: MODEL, input: 'Hello', background: true });
  return times[0] ?? Number.NaN;
}

async function median(api: Api, transport: Transport): Promise<number> {
  // Side by side: all of them mostly wait.
  const times = await Promise.all(
    Array.from({ length: ROUNDS }, async (_, round) => {
      await new Promise((resolve) => setTimeout(resolve, round * 37));
      return noticeMs(api, transport, thinkMsOf(round));
    }),
  );
  return times.toSorted((a, b) => a - b)[(ROUNDS - 1) / 2] ?? Number.NaN;
}

export async function printNotices(): Promise<void> {
  await noticeMs('run', 'stream', 100);
  for (const api of ['run', 'responses, in the background', 'session'] as const) {
    const [stream, poll] = [await median(api, 'stream'), await median(api, 'poll')];
    console.log(
      `A ${api} that waits is noticed after ${stream.toFixed(1)} ms when streamed, after ${poll.toFixed(0)} ms when polled each 1,000 ms`,
    );
  }
}
