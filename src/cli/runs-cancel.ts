import { command, type Command } from './command.ts';
import { ID_MEANS, JOURNAL_OPTION, RUN_CODES, RUNNER_OPTION } from './runs-options.ts';
import { withOpenRun } from './runs-take.ts';
import { oneLine } from './visible.ts';

export const runsCancel: Command = command({
  name: 'cancel',
  summary: 'Give up a run that was interrupted, or that waits for approvals',
  description: `A run of the Assistants API is cancelled there, and so is the turn that a session of the Agents API is at. Of a run of the Responses API, a response in the background is cancelled, and the open calls of a conversation are answered with what became of them. What has run, has run: nothing is undone. The journal then has the run as ended. A run that another process is at is ended there, not here. ${ID_MEANS} The exit code is 0 when the run is cancelled, 1 when it had ended otherwise before, ${RUN_CODES.inUse} when another process has it, and else as below.`,
  operands: 'ID',
  options: { ...RUNNER_OPTION, ...JOURNAL_OPTION },
  examples: [
    [
      'interven-openai-assistants runs cancel run_abc123 --journal journals/ --runner dist/runner.js',
      'nobody wants it any more',
    ],
  ],
  async run({ values, operands: [given = ''], json }, io) {
    return withOpenRun(given, { ...values, goal: 'cancelled', json }, io, async ({ run, runner }) => {
      const { status } = await runner.cancel(run.id);
      io.write(json ? `${JSON.stringify({ id: run.id, status })}\n` : `${oneLine(`${run.id}  ${status}`)}\n`);
      return status === 'cancelled' ? 0 : 1;
    });
  },
});
