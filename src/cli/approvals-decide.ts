import { APPROVER_ENVIRONMENT, APPROVER_OPTIONS, APPROVER_REFUSED } from './approver-options.ts';
import { createApprover, type ApprovalHead, type Approver } from './approver.ts';
import { command, CommandError, type Command } from './command.ts';
import { oneLine } from './visible.ts';

/** A beginning that is shorter could be another approval's by chance. */
const LEAST_BEGINNING = 8;
const UUID = /^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/i;

export const approvalsApprove: Command = deciding('approve', 'Let a call run that waits for a person');
export const approvalsDeny: Command = deciding('deny', 'Refuse a call that waits for a person');

function deciding(say: 'approve' | 'deny', summary: string): Command {
  return command({
    name: say,
    summary,
    description: `ID is as approvals list shows it, or its beginning of ${LEAST_BEGINNING} characters or more, as long as it is the only one.`,
    operands: 'ID',
    options: {
      note: { type: 'string', value: 'TEXT', description: 'why; it is kept with the decision' },
      ...APPROVER_OPTIONS,
    },
    environment: APPROVER_ENVIRONMENT,
    refused: APPROVER_REFUSED,
    examples: [
      [
        `interven-openai-assistants approvals ${say} 3f2a91bc --note "${say === 'approve' ? 'asked Ann' : 'nobody asked for it'}"`,
        `${say === 'approve' ? 'approves' : 'denies'} the call and says why`,
      ],
    ],
    async run({ values, operands: [given = ''], json }, io) {
      const approver = createApprover(values.url, io);
      const decided = await approver.decide(await wholeId(given, approver), say, values.note);
      io.write(json ? `${JSON.stringify(decided)}\n` : asText(decided));
      return 0;
    },
  });
}

async function wholeId(given: string, approver: Approver): Promise<string> {
  if (UUID.test(given)) return given;
  if (given.length < LEAST_BEGINNING) {
    throw new CommandError(
      2,
      `"${oneLine(given)}" is too short for the beginning of an id; ${LEAST_BEGINNING} characters are needed.`,
    );
  }
  const { approvals } = await approver.list('all');
  const fitting = approvals.filter(({ approval_id: id }) => id.startsWith(given));
  const [only, other] = fitting;
  if (!only)
    throw new CommandError(
      3,
      `No approval's id begins with "${oneLine(given)}"; approvals list shows those that wait.`,
    );
  if (other) {
    const ids = fitting.map(({ approval_id: id }) => oneLine(id)).join(', ');
    throw new CommandError(
      2,
      `"${oneLine(given)}" is the beginning of ${fitting.length} ids: ${ids}. Write more of it.`,
    );
  }
  return only.approval_id;
}

function asText({
  approval_id: id,
  status,
  summary,
  function_name: functionName,
  decided_by: by,
}: ApprovalHead): string {
  const who = by === undefined ? '' : ` by ${oneLine(by)}`;
  return `${status}${who}: ${oneLine(summary ?? functionName)} (${oneLine(id)})\n`;
}
