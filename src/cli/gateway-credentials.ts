import { randomBytes } from 'node:crypto';
import { CommandError, type Io } from './command.ts';
import type { ApproverToken } from '../server/credentials.ts';
import { omitUndefined } from '../internal/omit-undefined.ts';

const KEYS = 'INTERVEN_GATEWAY_KEYS';
const APPROVERS = 'INTERVEN_APPROVERS';
const ROLES = 'INTERVEN_APPROVER_ROLES';
const NO_COMMAS = 'Commas separate entries: a key, name, token or role cannot contain one.';

/** The agents' keys and the approvers' tokens. */
export interface GatewayCredentials {
  readonly keys: readonly string[];
  readonly approvers: readonly ApproverToken[];
  /** The generated secrets, which the command shows once. */
  readonly made: { readonly key?: string; readonly token?: string };
}

/**
 * Reads `INTERVEN_GATEWAY_KEYS` (`name:key,key`), `INTERVEN_APPROVERS` (`name:token,name:token`) and
 * `INTERVEN_APPROVER_ROLES` (`name:role,name:role`). Generates missing keys and tokens.
 *
 * @throws CommandError for an approver without a name or a token, and for a role of an unknown approver; it names the
 * position, not the token
 */
export function gatewayCredentials({ env }: Pick<Io, 'env'>): GatewayCredentials {
  const keys = entriesOf(env[KEYS]);
  const named = entriesOf(env[APPROVERS]).map((entry, index) => {
    const [name, token] = pairOf(APPROVERS, 'name:token', entry, index);
    return { name, token };
  });
  const key = `iv_test_${secret()}`;
  const token = secret();
  const approvers = named.length > 0 ? named : [{ name: 'approver', token }];
  const roles = entriesOf(env[ROLES]).map((entry, index) => {
    const [name, role] = pairOf(ROLES, 'name:role', entry, index);
    if (approvers.some((approver) => approver.name === name)) return { name, role };
    throw new CommandError(2, `${entryName(ROLES, index)} is for "${name}", who is missing in ${APPROVERS}.`);
  });
  return {
    keys: keys.length > 0 ? keys : [key],
    approvers: approvers.map((approver) => {
      const own = roles.filter(({ name }) => name === approver.name).map(({ role }) => role);
      return own.length > 0 ? { ...approver, roles: own } : approver;
    }),
    made: omitUndefined({ key: keys.length > 0 ? undefined : key, token: named.length > 0 ? undefined : token }),
  };
}

/** Renames the server's options `keys` and `approvers` in a message to their environment variables. */
export function withEnvironmentNames(message: string): string {
  const words = message
    .replace(/^(keys|approvers)\[(\d+)\](?:\.(\w+))?/, (_, option: string, index: string, part?: string) => {
      const entry = entryName(option === 'keys' ? KEYS : APPROVERS, Number(index));
      return part === undefined ? entry : `${entry}: its ${part}`;
    })
    .replace(/^keys\b/, KEYS)
    .replace(/^(\S+ and |)approvers\b/, `$1${APPROVERS}`);
  return words.startsWith('Entry ') ? `${words} ${NO_COMMAS}` : words;
}

function entryName(list: string, index: number): string {
  return `Entry ${index + 1} of ${list}`;
}

function entriesOf(list: string | undefined): readonly string[] {
  return (list ?? '')
    .split(',')
    .map((entry) => entry.trim())
    .filter((entry) => entry !== '');
}

function pairOf(list: string, form: string, entry: string, index: number): readonly [name: string, value: string] {
  const colon = entry.indexOf(':');
  const [name, value] = [entry.slice(0, Math.max(0, colon)).trim(), entry.slice(colon + 1).trim()];
  if (name !== '' && value !== '') return [name, value];
  throw new CommandError(2, `${entryName(list, index)} must be written as ${form}. ${NO_COMMAS}`);
}

function secret(): string {
  return randomBytes(32).toString('base64url');
}
