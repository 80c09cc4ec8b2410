import { agentSafety, EmbeddedGateway, starterPolicies, type PolicyInput } from '../src/embedded.ts';
import { extractUserMessages } from '../src/runner/apis/extract-conversation.ts';
import { describe } from '../src/runner/call/describe.ts';
import type { Conversation, ScanRequest } from '../src/runner/gateway/gateway.ts';

/** A message of the user, or of the assistant. */
export type Message = string | { readonly assistant: string };

export interface Call {
  readonly function: string;
  readonly arguments: Readonly<Record<string, unknown>>;
  readonly output?: string;
  /** What was said since the call before. */
  readonly user?: readonly Message[];
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
 * @param user what is said before the first call
 */
export async function replay(
  calls: readonly Call[],
  conversation: Conversation | undefined,
  ownDomains: readonly string[] = [],
  user: readonly Message[] = [],
  policies: readonly PolicyInput[] = [...starterPolicies, agentSafety],
): Promise<Decided[]> {
  const gateway = new EmbeddedGateway({ policies, ownDomains });
  const decided: Decided[] = [];
  let { userMessages = [], toolOutputs = [] }: Partial<Conversation> = conversation ?? {};
  let said: readonly unknown[] = [];
  for (const call of calls) {
    const messages = [...(said.length === 0 ? user : []), ...(call.user ?? [])].map(asItem);
    userMessages = [...userMessages, ...extractUserMessages(messages, said)];
    said = [...said, ...messages];
    const { decision, ruleId } = await gateway.scan(requestOf(call, conversation && { userMessages, toolOutputs }));
    decided.push({ ...call, decision, ruleId });
    toolOutputs = [
      ...toolOutputs,
      { functionName: call.function, output: call.output ?? '', arguments: call.arguments },
    ];
  }
  return decided;
}

function asItem(message: Message): unknown {
  return typeof message === 'string'
    ? { role: 'user', content: message }
    : { role: 'assistant', content: message.assistant };
}

/** The call runs without a person. */
export const runsAlone = ({ decision }: Pick<Decided, 'decision'>): boolean =>
  decision === 'ALLOW' || decision === 'SANITIZE';

/** The call runs if a person approves it. */
export const mayRun = ({ decision }: Pick<Decided, 'decision'>): boolean => decision !== 'DENY';
