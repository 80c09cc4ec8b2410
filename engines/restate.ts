// #region restate
import * as restate from '@restatedev/restate-sdk';
import { onSettled, serve, type Job } from './agent.ts';

/** An object for each job: Restate starts one handler of a key at a time. */
const agent = restate.object({
  name: 'agent',
  handlers: {
    run: async (ctx: restate.ObjectContext, input: string) =>
      // Without a limit, Restate repeats an error for ever.
      ctx.run('serve', async () => serve({ id: ctx.key, input }), { maxRetryDuration: { minutes: 10 } }),
  },
});
await restate.serve({ services: [agent], port: Number(process.env['PORT'] ?? 9080) });
await onSettled(start);

export async function start({ id, input }: Job) {
  const url = `${process.env['RESTATE_URL'] ?? ''}/agent/${encodeURIComponent(id)}/run/send`;
  const headers = { 'content-type': 'application/json' };
  const { ok, status } = await fetch(url, { method: 'POST', headers, body: JSON.stringify(input) });
  if (!ok) throw new Error(`Restate answered with status ${status}.`);
}
// #endregion
