import type { Decision, Gateway, ScanRequest } from '../runner/gateway/gateway.ts';
import { detect } from '../embedded/detection/detect.ts';
import { DEFAULT_REGIONS } from '../embedded/detection/personal/phone.ts';
import { EmbeddedGateway } from '../embedded/embedded-gateway.ts';
import { IntervenGateway } from '../runner/gateway/interven.ts';
import { agentSafety } from '../embedded/policy/agent-safety.ts';
import { readCall, scanRequestOf } from './call-input.ts';
import { command, CommandError, type Command, type Io } from './command.ts';
import { EMBEDDED_OPTIONS, embeddedOptions } from './embedded-options.ts';
import { oneLine, shownJson } from './format.ts';

export const scan: Command = command({
  name: 'scan',
  summary: 'Judge one call, which comes from stdin as JSON',
  description:
    'The call is an object: {"function":"send_email","arguments":{…}}, with "method", "url", "agent" and "conversation" as in policy test. ' +
    'With --policies it is judged here, else by the gateway of INTERVEN_GATEWAY_URL, where a decision counts as any other: it may ask for an approval or use one. ' +
    'What was found is told by its kind and place, never by its value.',
  options: {
    policies: {
      type: 'string',
      value: 'PATH',
      description: 'judge here, by the policies of a file, a folder or a glob',
    },
    'agent-safety': { type: 'boolean', description: 'the rules of agentSafety too, beside those of --policies' },
    ...EMBEDDED_OPTIONS,
  },
  environment: {
    INTERVEN_GATEWAY_URL: 'the gateway that is asked without --policies (default: Interven’s own)',
    INTERVEN_API_KEY: 'the key for it',
  },
  refused: {
    key: 'other users of this machine see arguments. Put the key into INTERVEN_API_KEY.',
    'api-key': 'other users of this machine see arguments. Put the key into INTERVEN_API_KEY.',
  },
  examples: [
    [
      `echo '{"function":"delete_file","arguments":{"path":"/backups"}}' | interven-openai-assistants scan --policies policies`,
      'what would the policies of a folder say?',
    ],
  ],
  async run({ values, json }, io) {
    if (io.stdin.isTTY === true) io.log('Write the call as JSON, and end it with Ctrl-D.\n');
    const input = (await readStdin(io.stdin)).trim();
    if (input === '') {
      throw new CommandError(
        2,
        'There is no call on stdin; it needs one, such as {"function":"send_email","arguments":{}}.',
      );
    }
    const call = readCall(input);
    if (typeof call === 'string') throw new CommandError(2, `The call on stdin ${oneLine(call)}`);
    const request = scanRequestOf(call);
    const { policies } = values;
    const judging = embeddedOptions(values);
    const isJudging = judging.ownDomains.length > 0 || judging.regions !== undefined || values['agent-safety'];
    if (policies === undefined && isJudging) {
      throw new CommandError(
        2,
        '--agent-safety, --own-domain and --region are for --policies; a gateway elsewhere has its own.',
      );
    }
    const gateway: Gateway =
      policies === undefined
        ? remoteGateway(io)
        : new EmbeddedGateway({
            policies: [policies, ...(values['agent-safety'] ? [agentSafety] : [])],
            ...judging,
          });
    const decision = await gateway.scan(request);
    const found = policies === undefined ? undefined : findings(request, judging.regions ?? DEFAULT_REGIONS);
    io.write(json ? `${JSON.stringify(asJson(decision, found))}\n` : asText(decision, found));
    return decision.decision === 'ALLOW' || decision.decision === 'SANITIZE' ? 0 : 1;
  },
});

interface Found {
  readonly data_class: string;
  readonly type: string;
  readonly path: string;
  /** An address in a field that one addresses by, which is no leak. */
  readonly is_address: boolean;
}

function remoteGateway({ env }: Io): Gateway {
  const apiKey = env['INTERVEN_API_KEY'];
  if (apiKey === undefined || apiKey === '') {
    throw new CommandError(
      2,
      'Nobody can judge the call: set INTERVEN_API_KEY (and INTERVEN_GATEWAY_URL for a gateway of your own), or name --policies.',
    );
  }
  const gatewayUrl = env['INTERVEN_GATEWAY_URL'];
  try {
    return new IntervenGateway({ apiKey, ...(gatewayUrl ? { gatewayUrl } : {}), sendConversation: true });
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    const words = error.message.replace('gatewayUrl', 'INTERVEN_GATEWAY_URL').replace('apiKey', 'INTERVEN_API_KEY');
    throw new CommandError(2, words, { cause: error });
  }
}

function findings(request: ScanRequest, regions: readonly string[]): readonly Found[] {
  return detect(request.body, { regions }).findings.map(({ dataClass, type, path, isAddress }) => ({
    data_class: dataClass,
    type,
    path,
    is_address: isAddress,
  }));
}

function asText(decision: Decision, found: readonly Found[] | undefined): string {
  const { reasonCodes, ruleId, policyName = 'its policy', classifications = [], toolName, operation } = decision;
  const places = found?.map(({ type, path, is_address: isAddress }) => {
    return `${type} at ${oneLine(path === '' ? 'the whole' : path)}${isAddress ? ' (an address, no leak)' : ''}`;
  });
  const rows = [
    ['call', texts(toolName, operation).join(' ')],
    ['rule', ruleId === undefined ? 'none' : `${ruleId} of ${policyName}`],
    ['reasons', reasonCodes.join(', ')],
    ['found', (places ?? classifications).join(', ')],
    ['arguments', decision.decision === 'SANITIZE' ? shownJson(decision.sanitizedBody) : ''],
    [
      'approval',
      decision.decision === 'REQUIRE_APPROVAL' ? texts(decision.approvalId, decision.approvalUrl).join(' · ') : '',
    ],
  ] as const;
  const lines = rows.filter(([, text]) => text !== '').map(([name, text]) => `  ${name.padEnd(9)}  ${oneLine(text)}`);
  return `${[decision.decision, ...lines].join('\n')}\n`;
}

function texts(...parts: readonly (string | undefined)[]): readonly string[] {
  return parts.filter((part) => part !== undefined);
}

function asJson(decision: Decision, found: readonly Found[] | undefined) {
  return {
    decision: decision.decision,
    policy: decision.policyName,
    rule: decision.ruleId,
    reason_codes: decision.reasonCodes,
    tool_name: decision.toolName,
    operation: decision.operation,
    risk_score: decision.riskScore,
    risk_band: decision.riskBand,
    classifications: decision.classifications,
    findings: found,
    sanitized_arguments: decision.decision === 'SANITIZE' ? decision.sanitizedBody : undefined,
    approval_id: decision.decision === 'REQUIRE_APPROVAL' ? decision.approvalId : undefined,
    approval_url: decision.decision === 'REQUIRE_APPROVAL' ? decision.approvalUrl : undefined,
  };
}

/** More than any gateway takes. */
const MAX_STDIN_BYTES = 1_000_000;

/** All of a stream, as UTF-8. */
export async function readStdin(stream: AsyncIterable<Uint8Array | string>): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of stream) {
    const bytes = typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
    size += bytes.length;
    if (size > MAX_STDIN_BYTES) throw new CommandError(2, 'stdin is larger than 1 MB; a call is not.');
    chunks.push(bytes);
  }
  return Buffer.concat(chunks)
    .toString('utf8')
    .replace(/^\ufeff/, '');
}
