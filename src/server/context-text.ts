import type { Conversation } from '../runner/gateway/gateway.ts';

/** What wrote the form that is read here; another product's text may look like it by a tool's doing. */
const RUNTIME = 'openai_assistants';
const INDENT = '  ';

/**
 * The conversation that a scan's `context` tells. The text that `IntervenGateway` writes (entries that begin with `user: ` or
 * `tool NAME: `, their further lines indented) is read back. Any other text could be anybody's: all of it counts as a tool's
 * output, and nothing as the user's words. Without a text it is not known.
 */
export function conversationOf(context: string, runtimeType: string): Conversation | undefined {
  if (context.trim() === '') return undefined;
  const entries = runtimeType === RUNTIME ? entriesOf(context) : undefined;
  if (!entries) return { userMessages: [], toolOutputs: [{ functionName: 'context', output: context }] };
  return {
    userMessages: entries.flatMap(({ tool, text }) => (tool === undefined ? [text] : [])),
    toolOutputs: entries.flatMap(({ tool, text }) =>
      tool === undefined ? [] : [{ functionName: tool, output: text }],
    ),
  };
}

interface Entry {
  /** Absent for the user. */
  readonly tool?: string;
  text: string;
}

/** Undefined when a line is no part of the form. */
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
  const who = line.slice(0, Math.max(at, 0));
  const text = line.slice(at + 2);
  if (who === 'user') return { text };
  return who.startsWith('tool ') ? { tool: who.slice('tool '.length), text } : undefined;
}
