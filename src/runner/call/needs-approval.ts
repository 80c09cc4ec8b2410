import { withTimeLimit } from '../../internal/abort.ts';
import { shown } from '../../internal/checks.ts';
import { GatewayError } from '../gateway/gateway-error.ts';
import type { Decision } from '../gateway/gateway.ts';
import { limits } from '../limits.ts';
import { contextOf } from './dispatch.ts';
import type { GuardedCall } from './guarded-call.ts';
import { checkInput } from './tool-input.ts';

/**
 * Asks the tool whether a call needs an approval, whatever the gateway decides.
 *
 * @throws whatever `needsApproval` throws; TimeLimitError if it takes too long; TypeError if it returns no boolean
 */
export async function needsApproval(call: GuardedCall, signal: AbortSignal): Promise<boolean> {
  const { tool, parsed } = call;
  if (!tool) return false;
  const { needsApproval: needs } = tool;
  if (typeof needs === 'boolean') return needs;
  const answer: unknown = await withTimeLimit(limits.toolCodeMs, signal, async (own) => {
    // An input of its own: it may change it.
    const checked = parsed.input.isScanned ? parsed.input : await checkInput(tool, parsed.args, own);
    if ('error' in checked) throw checked.error;
    return needs(checked.input(), contextOf(call, own));
  });
  if (typeof answer === 'boolean') return answer;
  throw new TypeError(`needsApproval of tool "${tool.name}" returned ${shown(answer)}; it must return true or false.`);
}

/** Returns the error of a gateway that clears a call which needs an approval, without one. */
export function unapproved(decision: Decision, name: string): GatewayError | undefined {
  if (decision.decision !== 'ALLOW' && decision.decision !== 'SANITIZE') return undefined;
  if (typeof decision.approvalId === 'string' && decision.approvalId !== '') return undefined;
  const message = `The gateway decided ${decision.decision} for "${name}", which needs an approval, and named no approvalId. A gateway with holdsApprovals decides REQUIRE_APPROVAL for a request with needsApproval.`;
  return new GatewayError('malformed_reply', message);
}
