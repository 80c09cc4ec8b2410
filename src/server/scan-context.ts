import { isJsonObject } from '../internal/json.ts';
import type { Conversation, ReturnedTrust, ToolOutputText } from '../runner/gateway/gateway.ts';

/** The only runtime whose format is trusted: in the text of other products, a tool could have forged the format. */
const RUNTIME = 'openai_assistants';
const INDENT = '  ';

/**
 * Parses a scan's `context` in the format of `IntervenGateway`: entries that start with `user: `, `tool NAME: ` or
 * `tool NAME untrusted {"id":1}: ` (what the tool returns, and the arguments of the call, are optional), with further lines indented. Any other text counts as a tool's output, never as the user's words. Returns undefined for an
 * empty context of which nothing was cut.
 */
export function parseContext(context: string, runtimeType: string, isCut = false): Conversation | undefined {
  const cut = isCut ? { isCut } : {};
  if (context.trim() === '') return isCut ? { userMessages: [], toolOutputs: [], isCut } : undefined;
  const entries = runtimeType === RUNTIME ? entriesOf(context) : undefined;
  if (!entries) return { userMessages: [], toolOutputs: [{ functionName: 'context', output: context }], ...cut };
  return {
    ...cut,
    userMessages: entries.flatMap(({ tool, text }) => (tool === undefined ? [text] : [])),
    toolOutputs: entries.flatMap(({ tool, text }) => (tool === undefined ? [] : [{ ...tool, output: text }])),
  };
}

interface Entry {
  /** Absent for a user message. */
  readonly tool?: Omit<ToolOutputText, 'output'>;
  text: string;
}

/** Parses the entries; undefined if a line does not match the format. */
function entriesOf(context: string): readonly Entry[] | undefined {
  const entries: Entry[] = [];
  for (const line of context.split('\n')) {
    const last = entries.at(-1);
    if (last && line.startsWith(INDENT)) {
      last.text += `\n${line.slice(INDENT.length)}`;
      continue;
    }
    const entry = entryOf(line);
    if (!entry) return undefined;
    entries.push(entry);
  }
  return entries;
}

function entryOf(line: string): Entry | undefined {
  const at = line.indexOf(': ');
  const author = line.slice(0, Math.max(at, 0));
  const text = line.slice(at + 2);
  if (author === 'user') return { text };
  return author.startsWith('tool ') ? { tool: toolOf(author.slice('tool '.length)), text } : undefined;
}

function toolOf(source: string): Omit<ToolOutputText, 'output'> {
  const [, functionName = source, returns, json = 'null'] =
    /^(\S+)(?: (trusted|untrusted))?(?: (\{.*\}))?$/.exec(source) ?? [];
  const trust = returns === undefined ? {} : { returns: returns as ReturnedTrust };
  try {
    const args: unknown = JSON.parse(json);
    return { functionName, ...trust, ...(isJsonObject(args) ? { arguments: args } : {}) };
  } catch {
    return { functionName, ...trust };
  }
}
