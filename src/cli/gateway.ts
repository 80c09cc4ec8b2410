import { once } from 'node:events';
import { EmbeddedGateway } from '../embedded/embedded-gateway.ts';
import type { GatewayListener } from '../embedded/gateway-events.ts';
import { isLoopback } from '../internal/url.ts';
import { listenGateway } from '../server/listen.ts';
import { createGatewayServer, type GatewayServer, type GatewayServerOptions } from '../server/server.ts';
import { command, CommandError, type Command } from './command.ts';
import { decisionLine } from './gateway-lines.ts';
import { gatewayCredentials, withEnvironmentNames, type GatewayCredentials } from './gateway-credentials.ts';
import { DATABASE_ENVIRONMENT, SCHEMA_OPTION } from './database.ts';
import { openGatewayDatabase } from './gateway-database.ts';
import { openGatewayFiles } from './gateway-files.ts';
import { runsIn } from './gateway-runs.ts';
import { gatewayNotices, NOTICE_ENVIRONMENT, NOTICE_OPTIONS, withNoticeNames } from './gateway-notices.ts';
import { gatewayPolicies } from './gateway-policies.ts';
import { oneLine } from './format.ts';
import { detectionOf, JUDGING_OPTIONS, packsOf } from './local-gateway.ts';

export const gateway: Command = command({
  name: 'gateway',
  summary: 'Run a gateway for clients in any language, with an approvals page',
  description:
    'It uses the policies of --policies and reloads them when they change; if a file is broken, the previous policies stay in effect. Without --policies, it uses the ' +
    'starter policies and agentSafety. The name of a pack that you add is reserved. Policies that an approver applies are saved in the folder of --policies; without a folder, they last until the process ends. ' +
    'It prints a line for each decision, without arguments. ' +
    'On SIGINT or SIGTERM, requests in flight finish; a second signal ends the process at once.',
  options: {
    policies: { type: 'string', value: 'PATH', description: 'policies: a file, a folder or a glob in quotes' },
    ...JUDGING_OPTIONS,
    port: { type: 'string', value: 'PORT', description: 'the port; 0 for any free one (default: 4000)' },
    host: {
      type: 'string',
      value: 'HOST',
      description: 'the address to listen on (default: 127.0.0.1, this machine only)',
    },
    'public-url': {
      type: 'string',
      value: 'URL',
      description:
        'the address behind a TLS proxy, such as https://gateway.example.com (default: its own address; it then refuses other host names)',
    },
    data: {
      type: 'string',
      value: 'DIR',
      description: 'the folder for approvals, the audit log and undelivered notices (default: in memory, no audit log)',
    },
    postgres: {
      type: 'boolean',
      description:
        'run a replica: approvals, sessions, limits and the audit log are in the Postgres database of DATABASE_URL (default: no)',
    },
    ...SCHEMA_OPTION,
    record: {
      type: 'string',
      value: 'FILE',
      description: 'the audit log’s file (default: decisions.jsonl in the folder of --data)',
    },
    journal: {
      type: 'string',
      value: 'DIR',
      description:
        'show approvers the runs whose journals are in this directory of fileJournal (default: with --postgres those of the database, otherwise none)',
    },
    'keep-conversation': {
      type: 'boolean',
      description: 'show approvers the end of the conversation, redacted; agents must send it (default: no)',
    },
    quiet: { type: 'boolean', description: 'print no line for each decision' },
    'record-arguments': { type: 'boolean', description: 'log the calls’ arguments, not only their hash' },
    ...NOTICE_OPTIONS,
  },
  environment: {
    INTERVEN_GATEWAY_KEYS:
      'API keys of agents: name:key,name:key, at least 16 characters per key; approvers and the audit log see the name (default: one is generated and shown)',
    INTERVEN_APPROVERS:
      'approvers: name:token,name:token, at least 16 characters per token (default: one is generated and shown)',
    ...DATABASE_ENVIRONMENT,
    INTERVEN_APPROVER_ROLES: 'roles of approvers, for rules with x_approvers: name:role,name:role (default: none)',
    ...NOTICE_ENVIRONMENT,
  },
  refused: {
    key: 'other users of this machine see arguments. Put the keys into INTERVEN_GATEWAY_KEYS.',
    keys: 'other users of this machine see arguments. Put the keys into INTERVEN_GATEWAY_KEYS.',
    approver: 'other users of this machine see arguments. Put the approvers into INTERVEN_APPROVERS.',
  },
  examples: [
    ['interven-openai-assistants gateway', 'try a gateway at http://127.0.0.1:4000'],
    [
      'interven-openai-assistants gateway --policies policies --agent-safety --data /var/lib/interven --own-domain acme.com',
      'use your policies; keep approvals and the audit log',
    ],
    ['interven-openai-assistants gateway --policies policies --postgres', 'run one of several replicas'],
  ],
  async run({ values, json }, io) {
    const { policies, host = '127.0.0.1' } = values;
    const port = portOf(values.port ?? '4000');
    const credentials = gatewayCredentials(io);
    const detection = detectionOf(values);
    const stop = io.stopSignal();
    // Loaded before the files of --data are opened, so that a failed start creates none.
    const { options, onPolicyApplied } = await gatewayPolicies(policies, packsOf(values), io);
    if (values.schema !== undefined && !values.postgres) throw new CommandError(2, '--schema requires --postgres.');
    const storage = values.postgres
      ? await openGatewayDatabase(io, credentials, values)
      : await openGatewayFiles(values.data, values.record, values['record-arguments']);
    const closing: (() => unknown)[] = [async () => storage.close()];
    try {
      const embedded = new EmbeddedGateway({
        ...detection,
        ...options,
        keepConversation: values['keep-conversation'],
        store: storage.store,
      });
      closing.push(() => {
        embedded.close();
      });
      const policyNames = (await embedded.policies()).map(({ name }) => name);
      if (storage.listener) closing.push(embedded.observe(storage.listener));
      const server = serverOf({
        gateway: embedded,
        keys: credentials.keys,
        approvers: credentials.approvers,
        publicUrl: values['public-url'],
        decisions: storage.decisions,
        runs: values.journal === undefined ? storage.runs : await runsIn(values.journal, io),
        state: storage.state,
        noticeOutbox: storage.noticeOutbox,
        // Without it, the server refuses policies that the other replicas would not get.
        onPolicyApplied: storage.state ? undefined : onPolicyApplied,
        ...(await gatewayNotices(values, io)),
      });
      closing.push(() => {
        server.close();
      });
      const listening = await listen(server, port, host);
      closing.push(async () => listening.close());
      if (!isLoopback(host) && server.publicUrl?.startsWith('https:') !== true) {
        io.log(
          `${host} is served over plain HTTP: others on the network can read keys, tokens and arguments. Put a TLS proxy in front and pass its address as --public-url.\n`,
        );
      }
      const freeze = await embedded.frozen();
      if (freeze) {
        const by = freeze.by === undefined ? '' : ` by ${oneLine(freeze.by)}`;
        io.log(
          `The gateway is frozen${by} since ${freeze.at.toISOString()}: every call is denied, until gateway unfreeze.\n`,
        );
      }
      if (!storage.store) io.log('Approvals are in memory and end with this process. Pass --data DIR to keep them.\n');
      const announcement = { url: listening.url, publicUrl: server.publicUrl, policyNames, credentials };
      io.write(json ? announcementJson(announcement) : announcementText(announcement));
      const print: GatewayListener = (event) => {
        io.write(decisionLine(event, json) ?? '');
      };
      if (!values.quiet) closing.push(embedded.observe(print));
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
  throw new CommandError(2, `--port is "${text}". It must be an integer from 0 to 65535.`);
}

/** Renames options in errors to flags and environment variables. */
function serverOf(options: GatewayServerOptions): GatewayServer {
  try {
    return createGatewayServer(options);
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    const words = withNoticeNames(withEnvironmentNames(error.message)).replace(/^publicUrl\b/, '--public-url');
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
        ? 'the port is in use. Choose another --port.'
        : code === 'EACCES'
          ? 'permission denied. Choose a --port above 1023.'
          : message;
    throw new CommandError(3, `The gateway cannot listen on ${host}, port ${port}: ${why}`, { cause: error });
  }
}

/** The data for the message at the gateway's start. Of keys and tokens, it contains only generated ones. */
export interface Announcement {
  /** The address on which the gateway listens. */
  readonly url: string;
  /** The address for approvers and clients, if it differs. */
  readonly publicUrl?: string | undefined;
  readonly policyNames: readonly string[];
  readonly credentials: GatewayCredentials;
}

export function announcementText({ url, publicUrl, policyNames, credentials }: Announcement): string {
  const { made, approvers } = credentials;
  const reached = publicUrl ?? url;
  const names = approvers.map(({ name }) => name).join(', ');
  return [
    `The gateway is running at ${reached} with the policies ${policyNames.map(oneLine).join(', ')}.`,
    ...(reached === url ? [] : [`It listens on ${url}.`]),
    '',
    made.key === undefined
      ? 'Configure clients with one of INTERVEN_GATEWAY_KEYS:'
      : 'Configure clients with this generated key. It is not shown again:',
    `  INTERVEN_GATEWAY_URL=${reached}`,
    `  INTERVEN_API_KEY=${made.key ?? '…'}`,
    '',
    made.token === undefined
      ? `Approvers (${names}) sign in at ${reached}/ with their tokens.`
      : `The approver signs in at ${reached}/ with this generated token. It is not shown again:`,
    ...(made.token === undefined ? [] : [`  INTERVEN_APPROVER_TOKEN=${made.token}`]),
    '',
  ].join('\n');
}

function announcementJson({ url, publicUrl, policyNames, credentials }: Announcement): string {
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
