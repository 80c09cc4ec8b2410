import { agentSafety, EmbeddedGateway, starterPolicies } from '../src/embedded.ts';
import { describe } from '../src/runner/call/describe.ts';
import type { Conversation, ScanRequest, ToolOutputText } from '../src/runner/gateway/gateway.ts';

export interface Call {
  readonly function: string;
  readonly arguments: Readonly<Record<string, unknown>>;
  readonly output?: string;
  /** Absent for the agent's own calls. */
  readonly by?: 'attacker';
}

export type Decided = Call & { readonly decision: string; readonly ruleId: string | undefined };

/** What the runner would ask the gateway about a call that it describes by its name alone. */
export function requestOf(call: Call, conversation: Conversation | undefined): ScanRequest {
  const { method, url } = describe(call.function, call.arguments, undefined);
  const request = { functionName: call.function, method, url, body: call.arguments, runtimeType: 'openai_assistants' };
  return { ...request, ...(conversation ? { conversation } : {}) };
}

/**
 * Decides on the calls of a run one after the other, each with what the earlier ones returned, whether or not these were
 * held.
 *
 * @param conversation before the first call; without one, provenance is off
 */
export async function replay(
  calls: readonly Call[],
  conversation: Conversation | undefined,
  ownDomains: readonly string[] = [],
): Promise<Decided[]> {
  const gateway = new EmbeddedGateway({ policies: [...starterPolicies, agentSafety], ownDomains });
  const decided: Decided[] = [];
  let toolOutputs: readonly ToolOutputText[] = conversation?.toolOutputs ?? [];
  for (const call of calls) {
    const { decision, ruleId } = await gateway.scan(requestOf(call, conversation && { ...conversation, toolOutputs }));
    decided.push({ ...call, decision, ruleId });
    toolOutputs = [
      ...toolOutputs,
      { functionName: call.function, output: call.output ?? '', arguments: call.arguments },
    ];
  }
  return decided;
}

/** The call runs without a person. */
export const runsAlone = ({ decision }: Pick<Decided, 'decision'>): boolean =>
  decision === 'ALLOW' || decision === 'SANITIZE';

/** The call runs if a person approves it. */
export const mayRun = ({ decision }: Pick<Decided, 'decision'>): boolean => decision !== 'DENY';
