import { APPROVER_ENVIRONMENT, APPROVER_OPTIONS, APPROVER_REFUSED } from './approvals.ts';
import { createApprovalsClient, type FreezeState } from './approvals-client.ts';
import { command, type Command } from './command.ts';
import { oneLine } from './format.ts';

export const gatewayFreeze: Command = command({
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
    ...APPROVER_OPTIONS,
  },
  environment: APPROVER_ENVIRONMENT,
  refused: APPROVER_REFUSED,
  examples: [['interven-openai-assistants gateway freeze --reason "incident 12" --void-approvals', 'stops all agents']],
  async run({ values, json }, io) {
    const pending = values['void-approvals'] ? 'void' : 'keep';
    const state = await createApprovalsClient(values.url, io).freeze({ reason: values.reason, pending });
    io.write(json ? `${JSON.stringify(state)}\n` : stateText(state));
    return 0;
  },
});

export const gatewayUnfreeze: Command = command({
  name: 'gateway unfreeze',
  summary: 'End the freeze of a gateway',
  options: APPROVER_OPTIONS,
  environment: APPROVER_ENVIRONMENT,
  refused: APPROVER_REFUSED,
  examples: [['interven-openai-assistants gateway unfreeze', 'lets the policies decide again']],
  async run({ values, json }, io) {
    const state = await createApprovalsClient(values.url, io).unfreeze();
    io.write(json ? `${JSON.stringify(state)}\n` : stateText(state));
    return 0;
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
