import type { GatewayCredentials } from './gateway-credentials.ts';

/** What whoever starts a gateway has to know. Keys and tokens are in it only when they were made for it. */
export interface Announcement {
  readonly url: string;
  readonly policyNames: readonly string[];
  readonly credentials: GatewayCredentials;
}

export function announcementText({ url, policyNames, credentials: { made, approvers } }: Announcement): string {
  const names = approvers.map(({ name }) => name).join(', ');
  return [
    `The gateway is at ${url}, by the policies ${policyNames.join(', ')}.`,
    '',
    made.key === undefined
      ? 'Clients need this, with one of INTERVEN_GATEWAY_KEYS:'
      : 'Clients need this; the key was made now and is not shown again:',
    `  INTERVEN_GATEWAY_URL=${url}`,
    `  INTERVEN_API_KEY=${made.key ?? '…'}`,
    '',
    made.token === undefined
      ? `${names} decide at ${url}/ with their tokens.`
      : `Whoever decides signs in at ${url}/ with this token, which was made now and is not shown again:`,
    ...(made.token === undefined ? [] : [`  INTERVEN_APPROVER_TOKEN=${made.token}`]),
    '',
  ].join('\n');
}

export function announcementJson({ url, policyNames, credentials: { made, approvers } }: Announcement): string {
  const names = approvers.map(({ name }) => name);
  return `${JSON.stringify({ url, policies: policyNames, approvers: names, made_key: made.key, made_token: made.token })}\n`;
}
