/** The last message of a run. */
export interface FinalMessage {
  readonly text: string | null;
  /** What the model wrote when it refused to answer. */
  readonly refusal: string | null;
}

export const NO_MESSAGE: FinalMessage = { text: null, refusal: null };

/** Returns the refusal in a message's content, or null. All APIs write it alike. */
export function refusalOf(content: unknown): string | null {
  const parts = Array.isArray(content)
    ? (content as ({ readonly type?: unknown; readonly refusal?: unknown } | null)[])
    : [];
  const refusals = parts.flatMap((part) =>
    part?.type === 'refusal' && typeof part.refusal === 'string' ? part.refusal : [],
  );
  return refusals.length > 0 ? refusals.join('\n') : null;
}
