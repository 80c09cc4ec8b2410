import { z } from 'zod';
import { CommandError, type Io } from './command.ts';
import { oneLine } from './format.ts';
import { jsonObjectIn, type JsonObject } from '../internal/json.ts';
import { isLoopback, parseUrl } from '../internal/url.ts';

const text = z.string().optional();
const strings = z.array(z.string()).default([]);

/** An approval in the gateway server's list. Times are ISO 8601. Unknown fields pass, so that a newer gateway works too. */
const approvalHead = z.looseObject({
  approval_id: z.string(),
  status: z.enum(['pending', 'approved', 'denied', 'expired']),
  summary: text,
  function_name: z.string(),
  tool_name: text,
  operation: text,
  method: text,
  redacted_url: text,
  reason_codes: strings,
  policy_name: text,
  rule_id: text,
  reason: text,
  risk_band: text,
  risk_signals: strings,
  key_id: text,
  key_name: text,
  agent_id: text,
  agent_name: text,
  principal_id: text,
  approvers: z.looseObject({ summary: z.string() }).optional(),
  may_grant: z.looseObject({ for: strings, max_minutes: z.number() }).optional(),
  refused: text,
  edited_fields: strings,
  sanitized_fields: strings,
  created_at: z.string(),
  expires_at: z.string(),
  decided_by: text,
  note: text,
});

/** A single approval, including its call. */
const approvalView = approvalHead.extend({
  url: text,
  arguments: z.unknown().optional(),
  redacted_arguments: z.unknown().optional(),
  redacted_fields: strings,
  is_all_redacted: z.boolean().default(false),
  is_call_gone: z.boolean().optional(),
  headers: z.unknown().optional(),
  redacted_headers: z.unknown().optional(),
  requested_arguments: z.unknown().optional(),
  value_sources: z
    .array(z.looseObject({ path: z.string(), tools: strings, is_quoted: z.boolean().default(false) }))
    .default([]),
  conversation: z.looseObject({ user_messages: strings }).optional(),
});

/** `now` is the time on the gateway's clock. */
const approvalList = z.looseObject({ approvals: z.array(approvalHead), now: text });

const grantView = z.looseObject({
  grant_id: z.string(),
  approval_id: z.string(),
  status: z.enum(['active', 'revoked', 'expired']),
  description: z.string(),
  pinned: z.unknown().optional(),
  function_name: z.string(),
  key_id: text,
  key_name: text,
  agent_id: text,
  agent_name: text,
  principal_id: text,
  expires_at: z.string(),
  granted_by: text,
  revoked_by: text,
  note: text,
});
const grantList = z.looseObject({ grants: z.array(grantView), now: text });

export type GrantView = z.output<typeof grantView>;
export type ApprovalHead = z.output<typeof approvalHead>;
export type ApprovalView = z.output<typeof approvalView>;

const freezeState = z.looseObject({
  frozen: z.looseObject({ by: text, at: z.string(), reason: text, pending: z.enum(['keep', 'void']) }).nullable(),
});

export type FreezeState = z.output<typeof freezeState>;

const refusal = z.looseObject({
  error: z.looseObject({
    message: z.string(),
    code: text,
    approval_id: text,
    status: text,
    decided_by: text,
    decided_at: text,
  }),
});

/** The grant of a decision, as the gateway server takes it. */
export interface Grant {
  readonly for: string;
  readonly pinned?: readonly string[];
  readonly until?: string;
}

interface DecisionBody {
  readonly note: string | undefined;
  /** To approve only. */
  readonly grant?: Grant | undefined;
  /** To approve only: the arguments to run instead. */
  readonly arguments?: JsonObject | undefined;
}

/** Client of the gateway server for one approver. */
export type ApprovalsClient = ReturnType<typeof createApprovalsClient>;

const TIME_LIMIT_MS = 15_000;
const MAX_LISTED = 1_000;

/**
 * @param address the gateway's URL; defaults to `INTERVEN_GATEWAY_URL`, then to port 4000 on localhost
 * @throws CommandError if the token is missing or the address is invalid
 */
export function createApprovalsClient(address: string | undefined, io: Io) {
  const token = io.env['INTERVEN_APPROVER_TOKEN'] ?? '';
  if (token === '') {
    throw new CommandError(2, 'No approver token. Set INTERVEN_APPROVER_TOKEN.');
  }
  // The characters of a header. With others, `fetch` would quote the token in its error.
  if (!/^[\x21-\x7e]+$/.test(token)) {
    throw new CommandError(2, 'INTERVEN_APPROVER_TOKEN has a space or another character that tokens cannot contain.');
  }
  const base = checkAddress(address ?? (io.env['INTERVEN_GATEWAY_URL'] || 'http://127.0.0.1:4000'));
  if (base.protocol === 'http:' && !isLoopback(base.hostname)) {
    io.log(`${base.origin} is plain HTTP: the token can be read on the network. Put TLS in front of the gateway.\n`);
  }
  const root = base.href.replace(/\/+$/, '');
  const send = async (path: string, body?: object): Promise<Answer> => exchange(root, path, token, body);
  const ask = async <Reply>(schema: z.ZodType<Reply>, path: string, body?: object): Promise<Reply> =>
    parseReply(await send(path, body), schema, root);
  return {
    /** Lists at most 1,000 approvals: pending ones by expiry, soonest first, then settled ones, newest first. */
    async list(which: 'pending' | 'all') {
      const wanted = which === 'pending' ? '&status=pending' : '';
      return ask(approvalList, `/v1/approvals?limit=${MAX_LISTED}${wanted}`);
    },
    /** Resolves with undefined if the gateway does not have the approval. */
    async one(approvalId: string) {
      const answer = await send(`/v1/approvals/${encodeURIComponent(approvalId)}`);
      return answer.status === 404 ? undefined : parseReply(answer, approvalView, root);
    },
    decide: async (approvalId: string, choice: 'approve' | 'deny', body: DecisionBody) =>
      ask(approvalHead, `/v1/approvals/${encodeURIComponent(approvalId)}/${choice}`, body),
    grants: async () => ask(grantList, '/v1/grants'),
    revoke: async (grantId: string) => ask(grantView, `/v1/grants/${encodeURIComponent(grantId)}/revoke`, {}),
    freeze: async (options: { readonly reason: string | undefined; readonly pending: 'keep' | 'void' }) =>
      ask(freezeState, '/v1/freeze', options),
    unfreeze: async () => ask(freezeState, '/v1/unfreeze', {}),
  };
}

function checkAddress(address: string): URL {
  const url = parseUrl(address);
  const isUsable = url && /^https?:$/.test(url.protocol) && url.username === '' && url.password === '';
  if (!isUsable || url.search !== '' || url.hash !== '') {
    throw new CommandError(
      2,
      'The gateway’s address must be as http://127.0.0.1:4000, without a name, a password or a query.',
    );
  }
  return url;
}

interface Answer {
  readonly status: number;
  readonly reply: unknown;
}

async function exchange(root: string, path: string, token: string, body: object | undefined): Promise<Answer> {
  const headers: Record<string, string> = { authorization: `Bearer ${token}`, accept: 'application/json' };
  if (body !== undefined) headers['content-type'] = 'application/json';
  return fetch(`${root}${path}`, {
    method: body === undefined ? 'GET' : 'POST',
    headers,
    // A redirect would carry the token elsewhere.
    redirect: 'manual',
    signal: AbortSignal.timeout(TIME_LIMIT_MS),
    body: body === undefined ? null : JSON.stringify(body),
  })
    .then(async (response) => ({ status: response.status, reply: jsonObjectIn(await response.text()) }))
    .catch((cause: unknown) => {
      throw new CommandError(
        3,
        `The gateway at ${root} could not be reached. Check that it is running and that the address is correct.`,
        { cause },
      );
    });
}

/** @throws CommandError with the gateway's message if the request failed, and for a reply that is not a gateway's */
function parseReply<Reply>({ status, reply }: Answer, schema: z.ZodType<Reply>, root: string): Reply {
  if (status < 200 || status >= 300) throw new CommandError(3, failureText(status, reply, root));
  const result = schema.safeParse(reply);
  if (result.success) return result.data;
  throw new CommandError(3, `The server at ${root} is not an Interven gateway.`, { cause: result.error });
}

function failureText(status: number, reply: unknown, root: string): string {
  if (status === 401) return `The gateway at ${root} rejected the token. Check INTERVEN_APPROVER_TOKEN.`;
  const problem = refusal.safeParse(reply).data?.error;
  if (status === 403 && problem?.code !== 'approver_refused')
    return 'INTERVEN_APPROVER_TOKEN is an agent’s API key, not an approver token. Agents cannot decide.';
  return problem
    ? refusalText(problem)
    : `${root} responded with HTTP ${status}. Check that it is the gateway’s address.`;
}

/** Names the approver who decided first, if there is one. */
function refusalText(problem: z.output<typeof refusal>['error']): string {
  const { message, approval_id: id, status, decided_by: by, decided_at: at } = problem;
  if (id === undefined || status === undefined || at === undefined) return oneLine(message);
  return oneLine(`Approval ${id} is ${status} already, ${by === undefined ? '' : `by ${by} `}at ${at}.`);
}
