import { createHash, timingSafeEqual } from 'node:crypto';
import { checkStrings } from '../internal/checks.ts';

/** A person who may decide approvals. */
export interface ApproverToken {
  /** Unique. To recognise an approver who is the requester of a call, it must be the id of the principal. */
  readonly name: string;
  readonly token: string;
  /** For rules with `x_approvers`. Default: none. */
  readonly roles?: readonly string[] | undefined;
}

/** An agent's API key. */
export interface AgentKey {
  /** Unique. Approvers and the audit log see it. Default: none; they see the start of the key's SHA-256. */
  readonly name?: string | undefined;
  readonly key: string;
}

/** An approver's name and roles. */
export interface Person {
  readonly name: string;
  readonly roles: readonly string[];
}

/** An agent, identified by its API key. */
export interface Agent {
  /** The first 16 hexadecimal digits of the key's SHA-256: stable across restarts and reordered keys. */
  readonly id: string;
  readonly name?: string | undefined;
}

/** Characters. */
const MIN_SECRET_LENGTH = 16;
const MAX_NAME_LENGTH = 100;

/** The hashes of the agents' keys and the approvers' tokens. */
export class Credentials {
  readonly #known: readonly { readonly hash: Buffer; readonly holder: Agent | Person }[];

  /** @throws TypeError for an empty list of keys, a weak secret or a duplicate; the message quotes no secret */
  constructor(keys: readonly (string | AgentKey)[], approvers: readonly ApproverToken[]) {
    checkLists(keys, approvers);
    const agents = keys.map((entry, index) => {
      const { name, key } = agentKeyOf(entry);
      if (name !== undefined) checkName(`keys[${index}].name`, name);
      checkSecret(name === undefined ? `keys[${index}]` : `keys[${index}].key`, key);
      return { name, key };
    });
    approvers.forEach(({ name, token, roles }, index) => {
      checkName(`approvers[${index}].name`, name);
      checkSecret(`approvers[${index}].token`, token);
      checkStrings(`approvers[${index}].roles`, roles);
    });
    const secrets = [...agents.map(({ key }) => key), ...approvers.map(({ token }) => token)];
    if (new Set(secrets).size < secrets.length) {
      throw new TypeError(
        'keys and approvers contain a duplicate secret. Give every agent and every approver a secret of its own.',
      );
    }
    checkUnique(
      'keys',
      agents.flatMap(({ name }) => name ?? []),
    );
    checkUnique(
      'approvers',
      approvers.map(({ name }) => name),
    );
    this.#known = [
      ...agents.map(({ name, key }) => ({ hash: hashOf(key), holder: { id: secretId(key), name } })),
      ...approvers.map(({ name, token, roles = [] }) => ({ hash: hashOf(token), holder: { name, roles: [...roles] } })),
    ];
  }

  /** Finds the approver who has this token. */
  approver(name: string, tokenId: string): Person | undefined {
    for (const { hash, holder } of this.#known)
      if (!isAgent(holder) && holder.name === name && idOf(hash) === tokenId) return holder;
    return undefined;
  }

  /** Finds the holder of a secret, in the same time for known and unknown ones. */
  find(secret: string): Agent | Person | undefined {
    const hash = hashOf(secret);
    let found: Agent | Person | undefined;
    for (const known of this.#known) {
      if (timingSafeEqual(known.hash, hash)) found = known.holder;
    }
    return found;
  }
}

export function isAgent(holder: Agent | Person): holder is Agent {
  return 'id' in holder;
}

/** Identifies a secret, by the first 16 hexadecimal digits of its SHA-256. */
export function secretId(secret: string): string {
  return idOf(hashOf(secret));
}

function idOf(hash: Buffer): string {
  return hash.toString('hex').slice(0, 16);
}

export function hashOf(secret: string): Buffer {
  return createHash('sha256').update(secret).digest();
}

function checkLists(keys: unknown, approvers: unknown): void {
  if (!Array.isArray(keys) || keys.length === 0)
    throw new TypeError('keys must be an array with at least one API key.');
  const isApprover = (one: unknown): boolean => typeof one === 'object' && one !== null;
  if (!Array.isArray(approvers) || !approvers.every(isApprover)) {
    throw new TypeError('approvers must be an array of { name, token, roles }.');
  }
}

/** Parses `name:key`; a key without a colon has no name. */
function agentKeyOf(entry: string | AgentKey): AgentKey {
  // The copy of a value that is no object has no key, and is refused.
  if (typeof entry !== 'string') return { ...entry };
  const colon = entry.indexOf(':');
  return colon < 0 ? { key: entry } : { name: entry.slice(0, colon), key: entry.slice(colon + 1) };
}

/** @throws TypeError for a duplicate name */
function checkUnique(option: string, names: readonly string[]): void {
  const duplicate = names.find((name, index) => names.indexOf(name) < index);
  if (duplicate === undefined) return;
  throw new TypeError(`${option} contains the duplicate name "${duplicate}". The audit log needs unique names.`);
}

/** Accepts only characters that an HTTP header carries unchanged. */
function checkSecret(option: string, secret: unknown): void {
  if (typeof secret === 'string' && secret.length >= MIN_SECRET_LENGTH && /^[\x21-\x7e]+$/.test(secret)) return;
  throw new TypeError(`${option} must be at least ${MIN_SECRET_LENGTH} printable ASCII characters, without spaces.`);
}

function checkName(option: string, name: unknown): void {
  const isName = typeof name === 'string' && name.trim() === name && name.length >= 1 && name.length <= MAX_NAME_LENGTH;
  if (isName && !/\p{C}/u.test(name)) return;
  throw new TypeError(
    `${option} must be a name of 1 to ${MAX_NAME_LENGTH} characters, on one line and without spaces around it.`,
  );
}
