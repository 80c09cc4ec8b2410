/** What a call does to the world, in the words that rules use. */
export type Verb = 'READ' | 'WRITE' | 'ADMIN';

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
  readonly verb: Verb;
  /** Whether it deletes, cancels or takes something away. */
  readonly isDestructive: boolean;
  /** In capitals. */
  readonly method: string;
  /** The host that is spoken to, in lower case; absent for a tool without an address. */
  readonly host: string | undefined;
  readonly org: string | undefined;
  readonly repo: string | undefined;
  /** Without its `#`; the first where there are several. */
  readonly channel: string | undefined;
  /** Every channel that the call names, without `#`. */
  readonly channels: readonly string[];
  /** What is touched, as one text that is the same for the same thing: `github:octo/hello`. */
  readonly resource: string | undefined;
  /** Who receives or is let in: addresses, user names, hosts that something is sent to. */
  readonly principals: readonly string[];
}
