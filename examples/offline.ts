/**
 * Lets the examples be written as for production and run with no account and no network: `new OpenAI()` reaches a fake
 * API whose model follows a script, `new IntervenGateway()` an embedded gateway behind the gateway's own wire format.
 */
import { agentSafety, EmbeddedGateway, starterPolicies } from 'interven-openai-assistants/embedded';
import { FakeOpenAI, type Script } from 'interven-openai-assistants/testing';

export interface Offline {
  openai: FakeOpenAI;
  threadId: string;
  assistantId: string;
  conversationId: string;
  /** What was posted to the Slack of the examples. */
  posted: { channel: string; text: string }[];
  slack: { post: (channel: string, text: string, options?: { signal: AbortSignal }) => Promise<string> };
}

export function offline(script: Script): Offline {
  const openai = new FakeOpenAI({ script });
  const gateway = new EmbeddedGateway({ policies: [...starterPolicies, agentSafety] });
  process.env['OPENAI_API_KEY'] = 'sk-offline';
  process.env['OPENAI_BASE_URL'] = openai.baseURL;
  process.env['INTERVEN_API_KEY'] = 'iv_test_offline';
  globalThis.fetch = async (input, init) => {
    const request = new Request(input, init);
    return request.url.startsWith(openai.baseURL) ? openai.fetch(request) : answerScan(gateway, request);
  };
  const posted: Offline['posted'] = [];
  const post = async (channel: string, text: string): Promise<string> => {
    posted.push({ channel, text });
    return `posted to ${channel}`;
  };
  return { openai, ...openai.seed('Hello'), posted, slack: { post } };
}

async function answerScan(gateway: EmbeddedGateway, request: Request): Promise<Response> {
  const { method, url, body } = (await request.json()) as { method: string; url: string; body: unknown };
  const functionName = new URL(url).pathname.slice(1);
  const decision = await gateway.scan({ functionName, method, url, body, runtimeType: 'openai_assistants' });
  return Response.json({
    decision: decision.decision,
    reason_codes: decision.reasonCodes,
    ...('sanitizedBody' in decision ? { sanitized_body: decision.sanitizedBody } : {}),
    ...('approvalId' in decision ? { approval_id: decision.approvalId } : {}),
  });
}
