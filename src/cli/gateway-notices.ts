import { join } from 'node:path';
import { CommandError, orFail, type CommandOptions, type Io } from './command.ts';
import { omitUndefined } from '../internal/omit-undefined.ts';
import type { NoticeProblem } from '../server/notices/receiver.ts';
import { fileNoticeOutbox } from '../server/notices/outbox.ts';
import type { GatewayServerOptions } from '../server/server.ts';

const SECRET = 'INTERVEN_NOTICE_SECRET';

export const NOTICE_OPTIONS = {
  notify: {
    type: 'string',
    multiple: true,
    value: 'URL',
    description:
      'an address that gets signed webhooks of approvals, freezes and changes of policies; needs --public-url',
  },
  'notify-arguments': { type: 'boolean', description: 'send the arguments, redacted, with these webhooks' },
} as const satisfies CommandOptions;

export const NOTICE_ENVIRONMENT = {
  [SECRET]: 'the secret that signs the webhooks of --notify: whsec_ and the base64 of 24 to 64 random bytes',
};

/** @throws CommandError without the secret or the public URL, or if the outbox in the folder of --data cannot be used */
export async function gatewayNotices(
  values: {
    readonly notify: readonly string[];
    readonly 'notify-arguments': boolean;
    readonly 'public-url'?: string | undefined;
    readonly data?: string | undefined;
  },
  io: Pick<Io, 'env' | 'log'>,
): Promise<Pick<GatewayServerOptions, 'notices' | 'noticeOutbox' | 'onNoticeProblem'>> {
  const { notify: urls, 'notify-arguments': withArguments } = values;
  if (urls.length === 0) return {};
  const secret = io.env[SECRET] ?? '';
  if (secret === '') {
    throw new CommandError(2, `--notify requires ${SECRET}. Generate one: echo "whsec_$(openssl rand -base64 32)"`);
  }
  if (values['public-url'] === undefined) {
    throw new CommandError(2, '--notify requires --public-url: a webhook links to the approvals page.');
  }
  const { data } = values;
  const keep = async (folder: string) =>
    orFail('The notices of --data cannot be kept', fileNoticeOutbox(join(folder, 'notices')));
  return omitUndefined({
    notices: urls.map((url) => ({ url, secret, arguments: withArguments })),
    noticeOutbox: data === undefined ? undefined : await keep(data),
    onNoticeProblem: ({ receiver, type, reason, isDropped }: NoticeProblem) => {
      const next = isDropped ? 'It is lost.' : 'The gateway tries again.';
      io.log(`${receiver} did not confirm the notice "${type}": ${reason}. ${next}\n`);
    },
  });
}

/** Renames the server's options in a message to the flag and the variable. */
export function withNoticeNames(message: string): string {
  return message
    .replace(/^notices\[\d+\]\.url\b/, 'Each --notify')
    .replace(/^notices\[\d+\]\.secret\b/, SECRET)
    .replace(/^notices\b/, '--notify');
}
