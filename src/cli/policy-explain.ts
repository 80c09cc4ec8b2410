import type { ExplainedRule, Explanation, RuleCheck } from '../embedded/policy/explain.ts';
import { explanationJson } from '../server/explain-routes.ts';
import { callFromStdin, scanRequestOf } from './call-input.ts';
import { command, type Command } from './command.ts';
import { oneLine } from './format.ts';
import { JUDGING_OPTIONS, localGateway } from './local-gateway.ts';

export const policyExplain: Command = command({
  name: 'explain',
  summary: 'Show for one call which rules apply, which do not, and why',
  description:
    'The call is read from stdin, as scan reads it: {"function":"send_email","arguments":{…}}, with "method", "url", "agent", "principal" and "conversation" as in policy test. ' +
    'Values of arguments are never printed.',
  operands: 'FILE…',
  options: JUDGING_OPTIONS,
  examples: [
    [
      `echo '{"function":"transfer_money","arguments":{"amount":5000}}' | interven-openai-assistants policy explain policies`,
      'explain the decision of the policies of a folder',
    ],
  ],
  async run({ values, operands, json }, io) {
    const request = scanRequestOf(await callFromStdin(io));
    const explanation = await localGateway(operands, values).explain(request);
    io.write(json ? `${JSON.stringify(explanationJson(explanation))}\n` : explanationText(explanation));
    return 0;
  },
});

function explanationText(explanation: Explanation) {
  const { action, policyName, ruleId, reason = '', reasonCodes, approvers, grant, call, rules } = explanation;
  const by = ruleId ?? (reasonCodes.includes('NO_RULE_ALLOWS') ? 'the default' : 'no rule');
  const rows = [
    ['tool', call.tools.join(', ')],
    ['operation', call.operations.join(', ')],
    ['kind', [call.method, call.verb, ...call.categories, ...(call.isDestructive ? ['deletes'] : [])].join(', ')],
    [
      'found',
      [
        ...call.found.map(({ type, path }) => `${type} at ${path || 'the whole value'}`),
        ...(call.isExternalPrincipal ? ['an external principal'] : []),
      ].join(', '),
    ],
    ['reason', reason],
    ['codes', reasonCodes.join(', ')],
    ['approvers', approvers && (approvers.map(approversText).join('; ') || 'any one')],
    ['grants', approvers && (grant ? grantText(grant) : 'none')],
  ] as const;
  return [
    `${action} by ${by}${policyName === undefined ? '' : ` of ${policyName}`}`,
    ...rows.flatMap(([name, text = '']) => (text === '' ? [] : [`  ${name.padEnd(9)}  ${text}`])),
    ...section('Rules that apply', rules, true),
    ...section('Rules that do not apply', rules, false),
    ...section('Rules for the output of the call', explanation.outputRules, true),
    ...defaultLines(explanation.default),
  ]
    .map((line) => `${oneLine(line)}\n`)
    .join('');
}

function section(title: string, rules: readonly ExplainedRule[], areApplying: boolean): readonly string[] {
  const listed = rules.filter(({ applies }) => applies === areApplying);
  return listed.length === 0 ? [] : ['', title, ...listed.flatMap(ruleLines)];
}

function ruleLines({ action, ruleId, policyName, approvers, grant, checks }: ExplainedRule): readonly string[] {
  const lines = checks.map(checkLine);
  const terms = [
    ...(approvers ? [`approvers: ${approversText(approvers)}`] : []),
    ...(grant ? [`grants: ${grantText(grant)}`] : []),
  ];
  const shown = terms.length === 0 ? '' : ` (${terms.join('; ')})`;
  return [
    `  ${action}  ${ruleId} of ${policyName}${shown}`,
    ...(lines.length > 0 ? lines : ['    yes      every call']),
  ];
}

function approversText({ count, roles }: NonNullable<ExplainedRule['approvers']>): string {
  return `${count}${roles ? ` with the role ${roles.join(' or ')}` : ''}`;
}

function grantText({ for: kinds, maxMinutes }: NonNullable<ExplainedRule['grant']>): string {
  return `${kinds.join(', ')}, for at most ${maxMinutes} min`;
}

const WORDS = { true: 'yes', false: 'no', unknown: 'unknown', absent: 'no' } as const;

function checkLine({ key, holds, why }: RuleCheck): string {
  const word = WORDS[`${holds}`];
  return `    ${word.padEnd(7)}  ${key}${why === undefined ? '' : `: ${why}`}`;
}

function defaultLines({ action, policyName = 'the gateway', isLifted }: Explanation['default']): readonly string[] {
  if (action === 'ALLOW') return [];
  const effect = isLifted ? 'lifted: an ALLOW rule applies' : 'no ALLOW rule applies';
  return ['', 'Default', `  ${action}  of ${policyName}; ${effect}`];
}
