import type { Decision, Gateway, ScanRequest } from '../runner/gateway/gateway.ts';
import { detect } from '../embedded/detection/detect.ts';
import { DEFAULT_REGIONS } from '../embedded/detection/personal/phone.ts';
import { IntervenGateway } from '../runner/gateway/interven.ts';
import { callFromStdin, scanRequestOf } from './call-input.ts';
import { command, CommandError, type Command, type Io } from './command.ts';
import { factLines, oneLine, shownJson } from './format.ts';
import { detectionOf, JUDGING_OPTIONS, localGateway, packsOf } from './local-gateway.ts';

export const scan: Command = command({
  name: 'scan',
  summary: 'Scan one call, read from stdin as JSON',
  description:
    'The call is an object: {"function":"send_email","arguments":{…}}, with "method", "url", "agent", "principal" and "conversation" as in policy test. ' +
    'With --policies it is scanned locally, else by the gateway at INTERVEN_GATEWAY_URL, where it counts like any other scan: it may request an approval or use one up. ' +
    'Findings are printed with their type and path, never with their value.',
  options: {
    policies: {
      type: 'string',
      value: 'PATH',
      description: 'scan locally, with the policies of a file, a folder or a glob',
    },
    ...JUDGING_OPTIONS,
  },
  environment: {
    INTERVEN_GATEWAY_URL: 'the gateway to use without --policies (default: Interven’s own)',
    INTERVEN_API_KEY: 'the API key for that gateway',
  },
  refused: {
    key: 'other users of this machine see arguments. Put the key into INTERVEN_API_KEY.',
    'api-key': 'other users of this machine see arguments. Put the key into INTERVEN_API_KEY.',
  },
  examples: [
    [
      `echo '{"function":"delete_file","arguments":{"path":"/backups"}}' | interven-openai-assistants scan --policies policies`,
      'scan a call with the policies of a folder',
    ],
  ],
  async run({ values, json }, io) {
    const request = scanRequestOf(await callFromStdin(io));
    const { policies } = values;
    const { ownDomains, regions } = detectionOf(values);
    const isJudging = ownDomains.length > 0 || regions !== undefined || packsOf(values).length > 0;
    if (policies === undefined && isJudging) {
      throw new CommandError(
        2,
        '--agent-safety, --cautious, --own-domain and --region require --policies. A remote gateway has its own settings.',
      );
    }
    const gateway: Gateway = policies === undefined ? remoteGateway(io) : localGateway([policies], values);
    const decision = await gateway.scan(request);
    const found = policies === undefined ? undefined : findings(request, regions ?? DEFAULT_REGIONS);
    io.write(json ? `${JSON.stringify(asJson(decision, found))}\n` : asText(decision, found));
    return decision.decision === 'ALLOW' || decision.decision === 'SANITIZE' ? 0 : 1;
  },
});

function remoteGateway({ env }: Io): Gateway {
  const apiKey = env['INTERVEN_API_KEY'];
  if (apiKey === undefined || apiKey === '') {
    throw new CommandError(
      2,
      'No gateway configured. Set INTERVEN_API_KEY (and INTERVEN_GATEWAY_URL for your own gateway), or pass --policies.',
    );
  }
  try {
    return new IntervenGateway({
      apiKey,
      gatewayUrl: env['INTERVEN_GATEWAY_URL'] || undefined,
      sendConversation: true,
    });
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    const words = error.message.replace('gatewayUrl', 'INTERVEN_GATEWAY_URL').replace('apiKey', 'INTERVEN_API_KEY');
    throw new CommandError(2, words, { cause: error });
  }
}

type Findings = ReturnType<typeof findings>;

function findings(request: ScanRequest, regions: readonly string[]) {
  return detect(request.body, { regions }).findings.map(({ dataClass, type, path, isAddress }) => ({
    data_class: dataClass,
    type,
    path,
    // An address in a recipient field is not a leak.
    is_address: isAddress,
  }));
}

function asText(decision: Decision, found: Findings | undefined): string {
  const { reasonCodes, ruleId, reason = '', policyName = 'its policy', classifications = [] } = decision;
  const places = found?.map(({ type, path, is_address: isAddress }) => {
    return `${type} at ${oneLine(path === '' ? 'the whole value' : path)}${isAddress ? ' (an address, not a leak)' : ''}`;
  });
  const rows = [
    ['call', present(decision.toolName, decision.operation).join(' ')],
    ['rule', ruleId === undefined ? 'none' : `${ruleId} of ${policyName}`],
    ['reason', reason],
    ['codes', reasonCodes.join(', ')],
    ['found', (places ?? classifications).join(', ')],
    ['arguments', decision.decision === 'SANITIZE' ? shownJson(decision.sanitizedBody) : ''],
    [
      'approval',
      decision.decision === 'REQUIRE_APPROVAL' ? present(decision.approvalId, decision.approvalUrl).join(' · ') : '',
    ],
  ] as const;
  return `${decision.decision}\n${factLines(rows)}`;
}

function present(...parts: readonly (string | undefined)[]): readonly string[] {
  return parts.filter((part) => part !== undefined);
}

function asJson(decision: Decision, found: Findings | undefined) {
  return {
    decision: decision.decision,
    policy: decision.policyName,
    rule: decision.ruleId,
    reason: decision.reason,
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
