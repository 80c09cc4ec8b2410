import OpenAI from 'openai';
import { GuardedRunner, type GuardedRunnerOptions, type Tools } from 'interven-openai-assistants';
import {
  FakeOpenAI,
  ScriptedGateway,
  type FakeOpenAIOptions,
  type ScriptedRule,
} from 'interven-openai-assistants/testing';

export interface World<Context> {
  openai: FakeOpenAI;
  client: OpenAI;
  gateway: ScriptedGateway;
  runner: GuardedRunner<Context, OpenAI>;
  threadId: string;
  assistantId: string;
  conversationId: string;
}

/** The real client against the fake API, a scripted gateway, and a runner between them. Polls without delay. */
export function world<Context = unknown>(setup: {
  script: FakeOpenAIOptions['script'];
  decisions: Record<string, ScriptedRule>;
  tools: Tools<Context>;
  api?: Partial<FakeOpenAIOptions>;
  options?: Partial<GuardedRunnerOptions<Context, OpenAI>>;
  /** Wraps the `fetch` between the client and the fake. */
  through?: (fetch: FakeOpenAI['fetch']) => FakeOpenAI['fetch'];
}): World<Context> {
  const openai = new FakeOpenAI({ script: setup.script, ...setup.api });
  const fetch = setup.through?.(openai.fetch) ?? openai.fetch;
  const client = new OpenAI({ apiKey: 'test', baseURL: openai.baseURL, fetch });
  const gateway = new ScriptedGateway(setup.decisions);
  const runner = new GuardedRunner<Context, OpenAI>({
    client,
    gateway,
    tools: setup.tools,
    pollIntervalMs: 5,
    ...setup.options,
  });
  return { openai, client, gateway, runner, ...openai.seed('Hello') };
}

/** The error that a promise rejects with. */
export async function rejection(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => {
      throw new Error('The promise resolved.');
    },
    (error: unknown) => error,
  );
}
