import { z } from 'zod';
import { tool } from 'interven-openai-assistants';
import { callTools, say, type ScriptedRule } from 'interven-openai-assistants/testing';
import { world, type World } from './world.ts';

export const send = { name: 'send', arguments: { to: 'ada@example.com', text: 'my key is hunter2' } } as const;

/** One call of `send` per turn, under the given rule. `ran` has the arguments that the handler received. */
export function sending(
  decision: ScriptedRule,
  turns = 1,
  extra: Partial<Parameters<typeof world>[0]> = {},
): World<unknown> & { ran: unknown[] } {
  const ran: unknown[] = [];
  const parts = world({
    script: ({ turn }) => (turn <= turns ? callTools(send) : say('ok')),
    decisions: { send: decision },
    tools: {
      send: tool({
        parameters: z.object({ to: z.string(), text: z.string() }),
        execute: (input) => {
          ran.push(input);
          return 'sent';
        },
      }),
    },
    ...extra,
  });
  return { ran, ...parts };
}
