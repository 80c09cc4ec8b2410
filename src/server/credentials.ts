import { createHash, timingSafeEqual } from 'node:crypto';

/** Somebody who may decide. */
export interface ApproverToken {
  readonly name: string;
  readonly token: string;
}

/** Whose secret it is: an agent's key, told by its place in the list and the beginning of its hash, or an approver's token. */
export type Holder = { readonly agent: number; readonly id: string } | { readonly approver: string };

/** Guessing is hopeless at this length, so it is not counted. */
const SHORTEST_SECRET = 16;
const LONGEST_NAME = 100;

/** The keys of agents and the tokens of approvers, as hashes. */
export class Credentials {
  readonly #known: readonly { readonly hash: Buffer; readonly holder: Holder }[];

  /** @throws TypeError for an empty list of keys, a short key or token, a name that is there twice, a key that is a token, …; it quotes neither */
  constructor(keys: readonly string[], approvers: readonly ApproverToken[]) {
    checkLists(keys, approvers);
    keys.forEach((key, index) => {
      checkSecret(`keys[${index}]`, key);
    });
    approvers.forEach(({ name, token }, index) => {
      checkName(`approvers[${index}].name`, name);
      checkSecret(`approvers[${index}].token`, token);
    });
    const secrets = [...keys, ...approvers.map(({ token }) => token)];
    if (new Set(secrets).size < secrets.length) {
      throw new TypeError(
        'keys and approvers have one secret twice; an agent that could decide would need no approver.',
      );
    }
    if (new Set(approvers.map(({ name }) => name)).size < approvers.length) {
      throw new TypeError('approvers has one name twice; the record could not say who decided.');
    }
    this.#known = [
      ...keys.map((key, agent) => ({
        hash: hashOf(key),
        holder: { agent, id: hashOf(key).toString('hex').slice(0, 16) },
      })),
      ...approvers.map(({ name, token }) => ({ hash: hashOf(token), holder: { approver: name } })),
    ];
  }

  /** Takes the same time whoever it is, and when it is nobody. */
  find(secret: string): Holder | undefined {
    const hash = hashOf(secret);
    let found: Holder | undefined;
    for (const known of this.#known) {
      if (timingSafeEqual(known.hash, hash)) found = known.holder;
    }
    return found;
  }
}

/** Whether two secrets are the same, in a time that does not tell. */
export function isSameSecret(one: string, other: string): boolean {
  return timingSafeEqual(hashOf(one), hashOf(other));
}

export function hashOf(secret: string): Buffer {
  return createHash('sha256').update(secret).digest();
}

function checkLists(keys: unknown, approvers: unknown): void {
  if (!Array.isArray(keys) || keys.length === 0) throw new TypeError('keys must be a list with a key in it.');
  const isApprover = (one: unknown): boolean => typeof one === 'object' && one !== null;
  if (!Array.isArray(approvers) || !approvers.every(isApprover)) {
    throw new TypeError('approvers must be a list of { name, token }.');
  }
}

/** What a header carries without loss. */
function checkSecret(option: string, secret: unknown): void {
  if (typeof secret === 'string' && secret.length >= SHORTEST_SECRET && /^[\x21-\x7e]+$/.test(secret)) return;
  throw new TypeError(
    `${option} must be a text of ${SHORTEST_SECRET} characters at least, of letters, digits and signs of ASCII without blanks.`,
  );
}

function checkName(option: string, name: unknown): void {
  const isName = typeof name === 'string' && name.trim() === name && name.length >= 1 && name.length <= LONGEST_NAME;
  if (isName && !/\p{C}/u.test(name)) return;
  throw new TypeError(`${option} must be a name of 1 to ${LONGEST_NAME} characters in one line.`);
}
