/** What a call does to the world, in the words that rules use. */
export type Verb = 'READ' | 'WRITE' | 'ADMIN';

const STRICTNESS: readonly Verb[] = ['READ', 'WRITE', 'ADMIN'];

/** The one that does most. */
export function strictest(...verbs: readonly Verb[]): Verb {
  return STRICTNESS.findLast((verb) => verbs.includes(verb)) ?? 'WRITE';
}

/** What a request amounts to, told from its URL, method and body. */
export interface Target {
  /** The service, as rules name it: `slack`, `github`, … or `custom_proxy` for one that is not known. */
  readonly tool: string;
  /** Other names that rules may use for the service, such as `gdrive`; the function's name for a generic one. */
  readonly aliases: readonly string[];
  /** `post_message`, `create_issue`, …; of a generic tool the function's name. */
  readonly operation: string;
  /** Other names that rules may use for the operation: `send_email` for a function `GmailSendEmail`. */
  readonly operationAliases: readonly string[];
  /** What the operation is about: `issues`, `files`, `payments`, …. */
  readonly category: string | undefined;
  /** The category, and what else the call may be about: its address and its function's name can say different things. */
  readonly categories: readonly string[];
  readonly verb: Verb;
  /** Whether it deletes, cancels or takes something away. */
  readonly isDestructive: boolean;
  /** In capitals. */
  readonly method: string;
  /** The first of the repositories. */
  readonly org: string | undefined;
  readonly repo: string | undefined;
  /** Every repository that the call names, however it is written. */
  readonly repositories: readonly Repository[];
  /** Every channel that the call names, without `#`. */
  readonly channels: readonly string[];
  /** What is touched, as one text that is the same for the same thing: `github:octo/hello`. */
  readonly resource: string | undefined;
  /** Who receives or is let in: addresses, user names, hosts that something is sent to. */
  readonly principals: readonly string[];
}

/** An owner without a repository, a repository without an owner, or both. */
export interface Repository {
  readonly org: string | undefined;
  readonly repo: string | undefined;
}
