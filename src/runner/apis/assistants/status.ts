import { EndRun } from '../../errors.ts';
import type { AssistantRun } from './client.ts';

const ACTIVE: ReadonlySet<string> = new Set(['queued', 'in_progress', 'cancelling']);
const TERMINAL: ReadonlySet<string> = new Set(['completed', 'failed', 'cancelled', 'expired', 'incomplete']);

export function isActive({ status }: AssistantRun): boolean {
  return ACTIVE.has(status);
}

export function isTerminal({ status }: AssistantRun): boolean {
  return TERMINAL.has(status);
}

/** @throws EndRun for a status that nobody knows: the SDK's poll would ask again for ever, without a pause */
export function assertKnownStatus(run: AssistantRun): void {
  if (run.status === 'requires_action' || isActive(run) || isTerminal(run)) return;
  throw new EndRun('unknown_status', `The run has the status "${run.status}", which nobody knows.`);
}
