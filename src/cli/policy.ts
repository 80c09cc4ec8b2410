import { readFile } from 'node:fs/promises';
import type { Decision } from '../runner/gateway/gateway.ts';
import type { Action, Policy } from '../embedded/policy/policy.ts';
import { readExpectedCall, scanRequestOf, type ExpectedCall } from './call-input.ts';
import { command, CommandError, orFail, type Command } from './command.ts';
import { oneLine } from './format.ts';
import { JUDGING_OPTIONS, localGateway } from './local-gateway.ts';
import { loadPolicies } from '../embedded/policy-files/load-policies.ts';
import { findPolicyFiles } from '../embedded/policy-files/find-policy-files.ts';
import { PolicyError, problemText, type PolicyProblem } from '../embedded/policy/policy-error.ts';

export const policyTest: Command = command({
  name: 'test',
  summary: 'Scan example calls and compare the decisions with the expected ones',
  description:
    'Each line of the calls is an object: {"function":"send_email","arguments":{…},"expect":"DENY"}. "expect" may be {"decision":"DENY","rule":"no-secrets"}; ' +
    '"name" describes the line; without "method" and "url", both follow from the function’s name; ' +
    '"principal" is {"id":"ada","roles":["finance"],"attributes":{"limit":500}}; ' +
    '"conversation" is {"userMessages":["…"],"toolOutputs":[{"functionName":"…","output":"…"}]}. ' +
    'For new_resource and volume_burst, lines with the same "agent" share a history; a line without one has its own.',
  operands: 'FILE…',
  options: {
    calls: { type: 'string', value: 'CALLS', description: 'the file of calls, one JSON object per line' },
    ...JUDGING_OPTIONS,
  },
  examples: [
    [
      'interven-openai-assistants policy test policies --calls calls.jsonl --own-domain acme.com',
      'test the policies of a folder',
    ],
  ],
  async run({ values, operands, json }, io) {
    if (values.calls === undefined) throw new CommandError(2, 'Missing --calls: pass the file of calls to scan.');
    const calls = await readCalls(values.calls);
    const gateway = localGateway(operands, values);
    const policies = await gateway.policies();
    const results: Result[] = [];
    for (const { line, call } of calls) {
      const request = scanRequestOf({ ...call, agent: call.agent ?? `line ${line}` });
      results.push({ line, call, decision: await gateway.scan(request) });
    }
    const failures = results.filter((result) => !isAsExpected(result));
    if (json) {
      io.write(
        `${JSON.stringify({ passed: results.length - failures.length, failed: failures.length, results: results.map(resultJson) })}\n`,
      );
    } else {
      for (const failure of failures) io.write(failureText(failure, actionOf(policies, failure)));
      const count = results.length === 1 ? '1 call' : `${results.length} calls`;
      io.write(
        failures.length === 0 ? `${count}, all as expected.\n` : `${count}, ${failures.length} not as expected.\n`,
      );
    }
    return failures.length === 0 ? 0 : 1;
  },
});

interface Line {
  /** The line's number, counted from 1. */
  readonly line: number;
  readonly call: ExpectedCall;
}

interface Result extends Line {
  readonly decision: Decision;
}

async function readCalls(file: string): Promise<readonly Line[]> {
  const text = await orFail(`The calls in ${file} cannot be read`, readFile(file, 'utf8'));
  const calls: Line[] = [];
  const problems: string[] = [];
  for (const [index, json] of text
    .replace(/^\ufeff/, '')
    .split('\n')
    .entries()) {
    if (json.trim() === '') continue;
    const call = readExpectedCall(json);
    if (typeof call === 'string') problems.push(`${file}:${index + 1}: ${oneLine(call)}`);
    else calls.push({ line: index + 1, call });
  }
  if (problems.length > 0) throw new CommandError(2, ['No calls were scanned.', ...problems].join('\n  '));
  if (calls.length === 0) throw new CommandError(2, `No test cases found in ${file}.`);
  return calls;
}

function isAsExpected({ call: { expect }, decision }: Result): boolean {
  return decision.decision === expect.decision && (expect.rule === undefined || decision.ruleId === expect.rule);
}

/** Returns the action of the rule that decided. */
function actionOf(policies: readonly Policy[], { decision: { policyName, ruleId } }: Result): Action | undefined {
  const rules = policies.find(({ name }) => name === policyName)?.rules;
  return rules?.find((rule) => rule.ruleId === ruleId)?.action;
}

function failureText(
  { line, call: { name, function: functionName, expect }, decision }: Result,
  action: Action | undefined,
): string {
  const title = oneLine(name === undefined ? functionName : `${name} (${functionName})`);
  const by = decision.ruleId ?? (decision.reasonCodes.includes('NO_RULE_ALLOWS') ? 'the default' : 'no rule');
  const hadNothing = decision.decision === 'ALLOW' && action === 'SANITIZE';
  const why = hadNothing ? 'SANITIZE, but nothing to redact' : decision.reasonCodes.join(', ');
  const policy = decision.policyName === undefined ? '' : ` of ${oneLine(decision.policyName)}`;
  return [
    `line ${line}: ${title}`,
    `  expected ${expect.decision}${expect.rule === undefined ? '' : ` by ${oneLine(expect.rule)}`}`,
    `  actual   ${decision.decision} by ${oneLine(by)}${policy}${why === '' ? '' : ` (${why})`}\n`,
  ].join('\n');
}

function resultJson(result: Result) {
  const { line, call, decision } = result;
  return {
    line,
    name: call.name,
    function: call.function,
    passed: isAsExpected(result),
    expected: call.expect,
    decision: decision.decision,
    rule: decision.ruleId,
    policy: decision.policyName,
    reason: decision.reason,
    reason_codes: decision.reasonCodes,
  };
}

export const policyValidate: Command = command({
  name: 'validate',
  summary: 'Report every problem in policy files',
  description: 'The files are checked as one set, as the gateway loads them: policy names must be unique.',
  operands: 'FILE…',
  options: {},
  examples: [
    ['interven-openai-assistants policy validate policies', 'validate all files of a folder'],
    ["interven-openai-assistants policy validate 'policies/**/*.yaml'", 'validate the files of a glob, in quotes'],
  ],
  async run({ operands, json }, io) {
    const { files } = await findPolicyFiles(operands);
    const { policies, problems } = await loadOrExplain(operands);
    if (json) {
      io.write(
        `${JSON.stringify({ ok: problems.length === 0, files, policies: policies.map(({ name }) => name), problems })}\n`,
      );
    } else {
      for (const file of files) {
        if (!problems.some(({ source }) => source === file)) io.write(`ok    ${oneLine(file)}\n`);
      }
      for (const problem of problems) io.write(`wrong ${oneLine(problemText(problem))}\n`);
    }
    if (problems.some(({ isUnreadable }) => isUnreadable)) return 3;
    return problems.length === 0 ? 0 : 1;
  },
});

async function loadOrExplain(
  paths: readonly string[],
): Promise<{ readonly policies: readonly Policy[]; readonly problems: readonly PolicyProblem[] }> {
  try {
    return { policies: await loadPolicies(paths), problems: [] };
  } catch (error) {
    if (error instanceof PolicyError) return { policies: [], problems: error.problems };
    throw error;
  }
}
