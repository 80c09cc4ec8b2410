import { tool } from 'interven-openai-assistants';
import { z } from 'zod';
import { idle } from './idle.ts';

/** A sequential tool that lets other calls run before it ends, and what it did. */
export function sequentialTool() {
  const steps: string[] = [];
  return {
    steps,
    tool: tool({
      parameters: z.object({}),
      sequential: true,
      execute: async (_input, { callId }) => {
        steps.push(`${callId} starts`);
        await idle();
        steps.push(`${callId} ends`);
      },
    }),
  };
}

/** The steps of calls that ran one after the other. */
export function oneByOne(...callIds: readonly string[]): readonly string[] {
  return callIds.flatMap((callId) => [`${callId} starts`, `${callId} ends`]);
}
