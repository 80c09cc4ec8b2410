/**
 * One format of token: its type, what it starts with (one or more, a blank between them), what follows, and, where it
 * differs from the rule, the least entropy of that. A body whose expression ends in `(?=…)` or that is listed as `LONG`
 * has no end of its own: the token goes on as far as its characters do.
 */
export type TokenFormat = readonly [type: string, starts: string, body: RegExp, options?: TokenOptions];

export interface TokenOptions {
  /** The body is only how a token of no fixed length goes on at least. */
  readonly long?: true;
  /** Bits for each character; 2.5 when absent. */
  readonly entropy?: number;
}
