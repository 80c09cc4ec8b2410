/** A process that serves runs for the chaos test, which kills it. Compiled by the test, so that it starts quickly. */
import OpenAI from 'openai7';
import { STANDARD_MESSAGES, type Messages } from '../../src/runner/call/messages.ts';
import type { RunEvent } from '../../src/runner/events.ts';
import { GuardedRunError } from '../../src/runner/errors.ts';
import { IntervenGateway } from '../../src/runner/gateway/interven.ts';
import { GuardedRunner } from '../../src/runner/guarded-runner.ts';
import { limits } from '../../src/runner/limits.ts';
import { shiftClock } from './clock.ts';
import { installFaultyDisk } from './faulty-disk.ts';
import { journalOf } from './forgetful.ts';
import type { Job, JobEnd, Settings } from './jobs.ts';
import { settleInDoubt, planOf, witness, workerTools } from './worker-tools.ts';

const settings = JSON.parse(process.argv[2] ?? '') as Settings;
const { effects } = settings;
/** Longer than any run takes, unless it hangs. */
const RUN_MS = 60_000;
// On a machine that runs other tests, too, opening takes long: that is no fault.
limits.journalOpenMs = 30_000;
shiftClock(settings.clockShiftMs ?? 0);
if (!settings.database) installFaultyDisk(settings);

/** The model receives the outcome's name; for calls in doubt, the standard message. */
const messages = Object.fromEntries(
  Object.keys(STANDARD_MESSAGES)
    .filter((outcome) => outcome !== 'in_doubt')
    .map((outcome) => [outcome, () => `#${outcome}`]),
) as Partial<Messages>;

const runner = new GuardedRunner({
  client: new OpenAI({ apiKey: 'test', baseURL: `${settings.apiUrl}/v1` }),
  gateway: new IntervenGateway({ apiKey: 'iv_test_chaos', gatewayUrl: settings.gatewayUrl }),
  journal: journalOf(settings),
  tools: workerTools(settings),
  onInDoubt: async (call) => settleInDoubt(effects, call),
  onEvent,
  payloads: true,
  messages,
  pollIntervalMs: 15,
  approvalTimeoutMs: 2_000,
  graceMs: 50,
  maxConcurrentHandlers: 64,
  maxConcurrentScans: 64,
});

function onEvent(event: RunEvent): void {
  if (event.type !== 'decision' || event.decision === undefined || event.traceId === undefined) return;
  const { callId, decision, traceId } = event;
  const { key } = event.arguments as { key: string };
  witness(effects, planOf(key), { what: 'decision', callId, decision, traceId });
}

async function serve({ start, approval, transport }: Job) {
  const options = { approval, transport, timeoutMs: RUN_MS };
  switch (start.how) {
    case 'run':
      return runner.run(start.threadId, start.assistantId, options);
    case 'resume':
      return runner.resume(start.threadId, start.runId, options);
    case 'respond':
      return runner.responses(start.params, options);
    case 'resume-responses':
      return runner.resumeResponses(start.runId, options);
    case 'session':
      return runner.session(start.sessionId, { input: start.input }, options);
    case 'resume-session':
      return runner.resumeSession(start.sessionId, options);
  }
}

async function end(job: Job): Promise<JobEnd> {
  const { planId } = job;
  try {
    const { status, approvals } = await serve(job);
    return { planId, status, approvals: approvals.map(({ approvalId, callId }) => ({ approvalId, callId })) };
  } catch (error) {
    const code = error instanceof GuardedRunError ? error.code : 'unknown';
    return {
      planId,
      code,
      message:
        error instanceof Error
          ? error.cause instanceof Error
            ? `${error.message} (${error.cause.message})`
            : error.message
          : String(error),
    };
  }
}

process.on('message', (job: Job) => {
  void end(job).then((ended) => process.send?.(ended));
});
// The test process has ended.
process.on('disconnect', () => process.exit());
process.send?.('ready');
