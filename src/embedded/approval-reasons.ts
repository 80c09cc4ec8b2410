import type { Conversation, ScanRequest } from '../runner/gateway/gateway.ts';
import { omitUndefined } from '../internal/omit-undefined.ts';
import type { ApprovalReasons, KeptConversation, ValueSource } from './approvals/approval-store.ts';
import { callOutline } from './display/call-outline.ts';
import { redactName, redactText, truncate } from './display/redacted-text.ts';
import { shortPaths } from './gateway-events.ts';
import type { Judgement } from './policy/evaluate.ts';
import { effectOf, resourcesOf, type Facts } from './policy/facts.ts';
import { Origins } from './policy/provenance/origins.ts';
import { fieldsFromToolOutput } from './policy/provenance/provenance.ts';

interface ReasonOptions {
  readonly regions: readonly string[];
  /** See `EmbeddedGatewayOptions`. */
  readonly keepConversation: boolean;
}

/** Collects what an approver is shown of a call, besides the call itself. */
export function approvalReasons(
  request: ScanRequest,
  facts: Facts,
  { policy, rule, reason, reasonCodes, riskBand, signals }: Judgement,
  { regions, keepConversation }: ReasonOptions,
): ApprovalReasons {
  const { conversation } = request;
  return {
    reasonCodes,
    resources: resourcesOf(facts.target),
    outline: callOutline(request, facts.target, regions),
    risk: { band: riskBand, signals: signals.map(nameOf) },
    ...omitUndefined({
      policyName: policy?.name,
      ruleId: rule?.ruleId,
      reason,
      valueSources: conversation && valueSources(facts, signals, conversation),
      conversation: conversation && keepConversation ? keptConversation(conversation) : undefined,
    }),
  };
}

function nameOf({ engine, details }: Judgement['signals'][number]): string {
  return details['isDestructive'] === true ? 'destructive_operation' : engine;
}

/** Finds out which tools returned the values that a rule about the conversation named; undefined if none did. */
function valueSources(
  { values, target, isOwn, origins }: Facts,
  signals: Judgement['signals'],
  conversation: Conversation,
): readonly ValueSource[] | undefined {
  const flagged = shortPaths(
    signals.flatMap(({ details }) => (details['fields'] as readonly string[] | undefined) ?? []),
  );
  if (flagged.length === 0) return undefined;
  const names = flagged.map((path) => path.replaceAll(/\[\d+\]/g, ''));
  const tools = [...new Set(conversation.toolOutputs.map(({ functionName }) => functionName))];
  const effect = effectOf(target);
  const pathsOf = (tool?: string): readonly string[] => {
    const toolOutputs = conversation.toolOutputs.filter(({ functionName }) => functionName === tool);
    // What the rules searched need not be searched again.
    const isAll = tool !== undefined && tools.length === 1;
    const known = isAll && origins !== 'unknown' ? origins : undefined;
    return fieldsFromToolOutput(
      known ?? new Origins({ values, conversation: { ...conversation, toolOutputs }, effect, isOwn }),
      names,
    );
  };
  const quoted = pathsOf();
  const found = tools.map((tool) => ({ tool: redactName(tool), paths: pathsOf(tool) }));
  return flagged.map((path) =>
    // Each search finds the user's quotes, too.
    quoted.includes(path)
      ? { path, tools: [], isQuoted: true }
      : { path, tools: found.filter(({ paths }) => paths.includes(path)).map(({ tool }) => tool) },
  );
}

const MAX_USER_MESSAGES = 3;
const MAX_MESSAGE_LENGTH = 1_000;
const MAX_TOOL_OUTPUTS = 10;
const MAX_OUTPUT_LENGTH = 300;

function keptConversation({ userMessages, toolOutputs, isCut = false }: Conversation): KeptConversation {
  const outputs = toolOutputs.slice(-MAX_TOOL_OUTPUTS);
  return {
    userMessages: userMessages.slice(-MAX_USER_MESSAGES).map((text) => beginning(text, MAX_MESSAGE_LENGTH)),
    toolOutputs: outputs.map(({ functionName, output }) => ({
      functionName: redactName(functionName),
      output: beginning(output, MAX_OUTPUT_LENGTH),
    })),
    isCut: isCut || outputs.length < toolOutputs.length,
  };
}

/** Redacts the beginning of a text. Reads further than it keeps, so that it cuts no secret in two. */
function beginning(text: string, max: number): string {
  return truncate(redactText(text.slice(0, 4 * max)), max);
}
