import { randomBytes } from 'node:crypto';
import { CommandError, type Io } from './command.ts';
import { omitUndefined } from '../internal/omit-undefined.ts';

const KEYS = 'INTERVEN_GATEWAY_KEYS';
const APPROVERS = 'INTERVEN_APPROVERS';
const NO_COMMAS = 'Commas separate entries: a key, name or token cannot contain one.';

/** The agents' keys and the approvers' tokens. */
export interface GatewayCredentials {
  readonly keys: readonly string[];
  readonly approvers: readonly { readonly name: string; readonly token: string }[];
  /** The generated secrets, which the command shows once. */
  readonly made: { readonly key?: string; readonly token?: string };
}

/**
 * Reads `INTERVEN_GATEWAY_KEYS` (`key,key`) and `INTERVEN_APPROVERS` (`name:token,name:token`). Generates missing ones.
 *
 * @throws CommandError for an approver without a name or a token; it names the position, not the value
 */
export function gatewayCredentials({ env }: Io): GatewayCredentials {
  const keys = entriesOf(env[KEYS]);
  const approvers = entriesOf(env[APPROVERS]).map(approverOf);
  const key = `iv_test_${secret()}`;
  const token = secret();
  return {
    keys: keys.length > 0 ? keys : [key],
    approvers: approvers.length > 0 ? approvers : [{ name: 'approver', token }],
    made: omitUndefined({ key: keys.length > 0 ? undefined : key, token: approvers.length > 0 ? undefined : token }),
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

function approverOf(entry: string, index: number): { readonly name: string; readonly token: string } {
  const colon = entry.indexOf(':');
  const [name, token] = [entry.slice(0, Math.max(0, colon)).trim(), entry.slice(colon + 1).trim()];
  if (name !== '' && token !== '') return { name, token };
  throw new CommandError(2, `${entryName(APPROVERS, index)} must be written as name:token. ${NO_COMMAS}`);
}

function secret(): string {
  return randomBytes(32).toString('base64url');
}
