/**
 * One format of token: its type, what it starts with (one or more prefixes, a blank between them) and what follows. The
 * letters' case counts.
 */
export type TokenFormat = readonly [type: string, starts: string, body: RegExp, options?: TokenOptions];

export interface TokenOptions {
  /** The token has no fixed length: the body is the least that follows, and the token goes on as far as its characters do. */
  readonly long?: true;
  /** The least entropy of the body, in bits for each character; 2.5 when absent, so that masks (`xxxx`) are none. */
  readonly entropy?: number;
}
