import { once } from 'node:events';
import { EmbeddedGateway } from '../embedded/embedded-gateway.ts';
import { isLoopback } from '../internal/url.ts';
import { listenGateway } from '../server/listen.ts';
import { createGatewayServer, type GatewayServer, type GatewayServerOptions } from '../server/server.ts';
import { command, CommandError, type Command } from './command.ts';
import { gatewayCredentials, withEnvironmentNames, type GatewayCredentials } from './gateway-credentials.ts';
import { openGatewayFiles } from './gateway-files.ts';
import { gatewayPolicies } from './gateway-policies.ts';
import { EMBEDDED_OPTIONS, embeddedOptions } from './embedded-options.ts';
import { oneLine } from './format.ts';

export const gateway: Command = command({
  name: 'gateway',
  summary: 'Run a gateway for clients of any language, with a page where people decide',
  description:
    'It judges by the policies of --policies, which are read again when they change (a broken file leaves those of before in force), or else by the ' +
    'starter policies and agentSafety. The page is at its address. Policies that an approver sends are kept as files in the folder of --policies; where that is no folder, as long as the process lives. ' +
    'SIGINT and SIGTERM let the requests under way finish; a second one ends it at once.',
  options: {
    policies: { type: 'string', value: 'PATH', description: 'policies: a file, a folder or a glob in quotes' },
    'agent-safety': {
      type: 'boolean',
      description:
        'the rules of agentSafety too, beside those of --policies; no policy may have its name, “Agent safety”, then',
    },
    port: { type: 'string', value: 'PORT', description: '0 for any free one (default: 4000)' },
    host: {
      type: 'string',
      value: 'HOST',
      description: 'the address to listen at (default: 127.0.0.1, for this machine only)',
    },
    'public-url': {
      type: 'string',
      value: 'URL',
      description:
        'where people reach it, through what speaks TLS in front of it: https://gateway.example.com (default: its own address, and requests to no other host name)',
    },
    data: {
      type: 'string',
      value: 'DIR',
      description: 'where approvals and decisions are kept (default: approvals in memory, decisions nowhere)',
    },
    record: {
      type: 'string',
      value: 'FILE',
      description: 'where decisions are recorded (default: decisions.jsonl in the folder of --data)',
    },
    'record-arguments': { type: 'boolean', description: 'record the calls’ arguments too, not only their hash' },
    ...EMBEDDED_OPTIONS,
  },
  environment: {
    INTERVEN_GATEWAY_KEYS: 'what agents show: key,key, of 16 characters at least (default: one is made and shown)',
    INTERVEN_APPROVERS: 'who may decide: name:token,name:token, tokens likewise (default: one is made and shown)',
  },
  refused: {
    key: 'other users of this machine see arguments. Put the keys into INTERVEN_GATEWAY_KEYS.',
    keys: 'other users of this machine see arguments. Put the keys into INTERVEN_GATEWAY_KEYS.',
    approver: 'other users of this machine see arguments. Put the approvers into INTERVEN_APPROVERS.',
  },
  examples: [
    ['interven-openai-assistants gateway', 'a gateway to try out, at http://127.0.0.1:4000'],
    [
      'interven-openai-assistants gateway --policies policies --agent-safety --data /var/lib/interven --own-domain acme.com',
      'policies of a folder, approvals and decisions that survive',
    ],
  ],
  async run({ values, json }, io) {
    const { policies, host = '127.0.0.1' } = values;
    const port = portOf(values.port ?? '4000');
    const credentials = gatewayCredentials(io);
    const judging = embeddedOptions(values);
    const stop = io.stopSignal();
    // Before the files of --data: what cannot start leaves nothing behind.
    const { options, onPolicyApplied } = await gatewayPolicies(policies, values['agent-safety'], io);
    const files = await openGatewayFiles(values.data, values.record, values['record-arguments']);
    const closing: (() => unknown)[] = [async () => files.close()];
    try {
      const embedded = new EmbeddedGateway({
        ...judging,
        ...options,
        ...(files.store ? { store: files.store } : {}),
      });
      closing.push(() => {
        embedded.close();
      });
      const policyNames = (await embedded.policies()).map(({ name }) => name);
      if (files.auditLog) closing.push(embedded.observe(files.auditLog.listener));
      const server = serverOf({
        gateway: embedded,
        keys: credentials.keys,
        approvers: credentials.approvers,
        publicUrl: values['public-url'],
        decisions: files.auditLog?.entries,
        onPolicyApplied,
      });
      closing.push(() => {
        server.close();
      });
      const listening = await listen(server, port, host);
      closing.push(async () => listening.close());
      if (!isLoopback(host) && server.publicUrl?.startsWith('https:') !== true) {
        io.log(
          `${host} is reached over plain HTTP: keys, tokens and arguments can be read on the way. Put TLS in front of it, and say with --public-url where that is.\n`,
        );
      }
      if (!files.store) io.log('Approvals are in memory and end with this process; --data DIR keeps them.\n');
      const announcement = { url: listening.url, publicUrl: server.publicUrl, policyNames, credentials };
      io.write(json ? announcementJson(announcement) : announcementText(announcement));
      if (!stop.aborted) await once(stop, 'abort');
      return 0;
    } finally {
      for (const close of closing.reverse()) await close();
    }
  },
});

function portOf(text: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : NaN;
  if (port <= 65_535) return port;
  throw new CommandError(2, `--port is "${text}"; it must be a number from 0 to 65535.`);
}

/** What is wrong is in the words of the options, which nobody at a command line has. */
function serverOf(options: GatewayServerOptions): GatewayServer {
  try {
    return createGatewayServer(options);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    const words = withEnvironmentNames(error.message).replace(/^publicUrl\b/, '--public-url');
    throw new CommandError(2, words, { cause: error });
  }
}

async function listen(server: GatewayServer, port: number, host: string) {
  try {
    return await listenGateway(server, { port, host });
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const why =
      code === 'EADDRINUSE'
        ? 'something else is there already; choose another --port.'
        : code === 'EACCES'
          ? 'that needs more rights; choose a --port above 1023.'
          : message;
    throw new CommandError(3, `The gateway cannot listen at ${host}, port ${port}: ${why}`, { cause: error });
  }
}

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
