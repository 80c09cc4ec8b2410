import type { FreezeState } from './approvals-client.ts';
import { approverCommand } from './approver-command.ts';
import type { Command } from './command.ts';
import { oneLine } from './format.ts';

export const gatewayFreeze: Command = approverCommand({
  name: 'gateway freeze',
  summary: 'Deny every call at once, until gateway unfreeze',
  description:
    'A running gateway then denies every scan with the reason code FROZEN, also of approved calls. With --data, it stays frozen when it restarts. Calls that a client ' +
    'has already started go on.',
  options: {
    reason: {
      type: 'string',
      value: 'TEXT',
      description: 'the reason, for the models, the approvers and the audit log',
    },
    'void-approvals': {
      type: 'boolean',
      description: 'make pending and unused approvals expire (default: they can be used after the freeze)',
    },
  },
  examples: [['interven-openai-assistants gateway freeze --reason "incident 12" --void-approvals', 'stops all agents']],
  async run({ values }, connect) {
    const pending = values['void-approvals'] ? 'void' : 'keep';
    const state = await connect().freeze({ reason: values.reason, pending });
    return [state, stateText(state)];
  },
});

export const gatewayUnfreeze: Command = approverCommand({
  name: 'gateway unfreeze',
  summary: 'End the freeze of a gateway',
  options: {},
  examples: [['interven-openai-assistants gateway unfreeze', 'lets the policies decide again']],
  async run(_, connect) {
    const state = await connect().unfreeze();
    return [state, stateText(state)];
  },
});

function stateText({ frozen }: FreezeState): string {
  if (!frozen) return 'Not frozen: the policies decide.\n';
  const { by, at, reason, pending } = frozen;
  const who = by === undefined ? '' : ` by ${oneLine(by)}`;
  const why = reason === undefined ? '' : `: ${oneLine(reason)}`;
  const approvals = pending === 'void' ? 'Approvals were voided.' : 'Approvals are kept.';
  return `Frozen${who} at ${oneLine(at)}${why}\nEvery call is denied. ${approvals} End the freeze with gateway unfreeze.\n`;
}
