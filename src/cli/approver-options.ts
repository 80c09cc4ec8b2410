import type { TextOption } from './command.ts';

/** What the commands for approvers have in common. */
export const APPROVER_OPTIONS: { readonly url: TextOption } = {
  url: {
    type: 'string',
    value: 'URL',
    description: 'the gateway’s address (default: INTERVEN_GATEWAY_URL, else http://127.0.0.1:4000)',
  },
};

export const APPROVER_ENVIRONMENT: Readonly<Record<string, string>> = {
  INTERVEN_APPROVER_TOKEN: 'the approver’s token; no option, since other users of a machine see arguments',
  INTERVEN_GATEWAY_URL: 'the gateway’s address',
};

export const APPROVER_REFUSED: Readonly<Record<string, string>> = {
  token:
    'other users of this machine see arguments, and the shell keeps them. Put the token into INTERVEN_APPROVER_TOKEN, and have this one replaced.',
};
