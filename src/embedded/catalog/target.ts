/** The effect of a call, in the terms of policies. */
export type Verb = 'READ' | 'WRITE' | 'ADMIN';

const STRICTNESS: readonly Verb[] = ['READ', 'WRITE', 'ADMIN'];

export function strictest(...verbs: readonly Verb[]): Verb {
  return STRICTNESS.findLast((verb) => verbs.includes(verb)) ?? 'WRITE';
}

/** The effect of a call, identified from its URL, method, function name and arguments. */
export interface Target {
  /** The service as policies name it: `slack`, `github`, …, or `custom_proxy` for an unknown one. */
  readonly tool: string;
  /** Other names of the service, such as `gdrive`; the function's name if the service is unknown. */
  readonly aliases: readonly string[];
  /** The operation (`post_message`, `create_issue`, …); the function's name if the service is unknown. */
  readonly operation: string;
  /** Other names of the operation: `send_email` for a function `GmailSendEmail`. */
  readonly operationAliases: readonly string[];
  /**
   * The names, of those above, that allow a call. The others may be the model's choice, such as the service at a URL in
   * the arguments, so that they can only make a decision stricter.
   */
  readonly trusted: TrustedNames;
  /** The category: `issues`, `files`, `payments`, … */
  readonly category: string | undefined;
  /** The category first, then others: URL and function name can indicate different ones. */
  readonly categories: readonly string[];
  readonly verb: Verb;
  /** True if the call deletes, cancels or revokes something. */
  readonly isDestructive: boolean;
  /** The method in upper case. */
  readonly method: string;
  /** The owner of the first repository. */
  readonly org: string | undefined;
  readonly repo: string | undefined;
  /** All repositories that the call names, in any spelling. */
  readonly repositories: readonly Repository[];
  /** All channels that the call names, without `#`. */
  readonly channels: readonly string[];
  /** A stable id of the resource: `github:octo/hello`. */
  readonly resource: string | undefined;
  /** Recipients, and users who get access: addresses, user names, hosts. */
  readonly principals: readonly string[];
  /**
   * The part of the call that could not be read, and may therefore be anything: which operation it is, or everything.
   * Absent for a call that was read completely.
   */
  readonly unread?: 'operation' | 'everything';
}

/** Names of a call's service, operation and categories. */
export interface TrustedNames {
  readonly tools: readonly string[];
  readonly operations: readonly string[];
  readonly categories: readonly string[];
}

/** An owner, a repository, or both. */
export interface Repository {
  readonly org: string | undefined;
  readonly repo: string | undefined;
}
