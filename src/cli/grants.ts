import { MAX_SHOWN_CHARACTERS, requesterOf, wholeId } from './approvals.ts';
import type { GrantView } from './approvals-client.ts';
import { approverCommand } from './approver-command.ts';
import type { Command } from './command.ts';
import { duration, factLines, oneLine, shownJson } from './format.ts';

export const approvalsGrants: Command = approverCommand({
  name: 'grants',
  summary: 'Show the grants by which calls need no approval',
  description: 'A grant is given with approvals approve ID --for conversation or --for similar.',
  options: {},
  examples: [['interven-openai-assistants approvals grants', 'grants in effect, and those that ended just now']],
  async run(_, connect) {
    const listed = await connect().grants();
    const at = listed.now === undefined ? Date.now() : Date.parse(listed.now);
    const texts = listed.grants.map((one) => grantText(one, at));
    return [listed, texts.length === 0 ? 'No grants.\n' : texts.join('\n')];
  },
});

export const approvalsRevoke: Command = approverCommand({
  name: 'revoke',
  summary: 'End a grant',
  description: 'ID is a grant’s id from approvals grants, or a unique prefix of at least 8 characters.',
  operands: 'ID',
  options: {},
  examples: [['interven-openai-assistants approvals revoke 3f2a91bc', 'requires approvals again']],
  async run({ operands: [given = ''] }, connect) {
    const approver = connect();
    const id = await wholeId('grant', given, async () =>
      (await approver.grants()).grants.map(({ grant_id: each }) => each),
    );
    const revoked = await approver.revoke(id);
    return [revoked, `revoked: ${oneLine(revoked.function_name)}, ${oneLine(id)}\n`];
  },
});

function grantText(grant: GrantView, now: number): string {
  const { grant_id: id, status, function_name: name, description, pinned, expires_at: expires } = grant;
  const left = status === 'active' ? `${duration(Date.parse(expires) - now)} left` : status;
  const rows = [
    ['pinned', pinned === undefined ? '' : shownJson(pinned, MAX_SHOWN_CHARACTERS)],
    ['for', requesterOf(grant)],
    ['granted', grant.granted_by === undefined ? '' : `by ${grant.granted_by}, with the approval ${grant.approval_id}`],
    ['revoked', grant.revoked_by === undefined ? '' : `by ${grant.revoked_by}`],
    ['note', grant.note ?? ''],
  ] as const;
  return `${oneLine(id)}  ${left}\n  ${oneLine(name)}: ${oneLine(description)}\n${factLines(rows)}`;
}
