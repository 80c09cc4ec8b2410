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
  /** What the operation is about: `issues`, `files`, `payments`, …. */
  readonly category: string | undefined;
  readonly verb: Verb;
  /** In capitals. */
  readonly method: string;
  readonly org: string | undefined;
  readonly repo: string | undefined;
  readonly channel: string | undefined;
  /** What is touched, as one text that is the same for the same thing: `github:octo/hello`. */
  readonly resource: string | undefined;
  /** Who receives or is let in: addresses, user names, hosts that something is sent to. */
  readonly principals: readonly string[];
}
