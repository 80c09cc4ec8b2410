import type { GatewayCredentials } from './gateway-credentials.ts';
import { oneLine } from './visible.ts';

/** What whoever starts a gateway has to know. Keys and tokens are in it only when they were made for it. */
export interface Announcement {
  /** Where it listens. */
  readonly url: string;
  /** Where people and clients reach it, if that is elsewhere. */
  readonly publicUrl?: string | undefined;
  readonly policyNames: readonly string[];
  readonly credentials: GatewayCredentials;
}

export function announcementText({ url, publicUrl, policyNames, credentials }: Announcement): string {
  const { made, approvers } = credentials;
  const reached = publicUrl ?? url;
  const names = approvers.map(({ name }) => name).join(', ');
  return [
    `The gateway is at ${reached}, by the policies ${policyNames.map(oneLine).join(', ')}.`,
    ...(reached === url ? [] : [`It listens at ${url}.`]),
    '',
    made.key === undefined
      ? 'Clients need this, with one of INTERVEN_GATEWAY_KEYS:'
      : 'Clients need this; the key was made now and is not shown again:',
    `  INTERVEN_GATEWAY_URL=${reached}`,
    `  INTERVEN_API_KEY=${made.key ?? '…'}`,
    '',
    made.token === undefined
      ? `${names} ${approvers.length === 1 ? 'decides' : 'decide'} at ${reached}/ with their ${approvers.length === 1 ? 'token' : 'tokens'}.`
      : `Whoever decides signs in at ${reached}/ with this token, which was made now and is not shown again:`,
    ...(made.token === undefined ? [] : [`  INTERVEN_APPROVER_TOKEN=${made.token}`]),
    '',
  ].join('\n');
}

export function announcementJson({ url, publicUrl, policyNames, credentials }: Announcement): string {
  const { made, approvers } = credentials;
  return `${JSON.stringify({
    url,
    public_url: publicUrl,
    policies: policyNames,
    approvers: approvers.map(({ name }) => name),
    made_key: made.key,
    made_token: made.token,
  })}\n`;
}
