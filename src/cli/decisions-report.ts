import { command, type Command } from './command.ts';
import { EFFECTS, readDecisions, type DecisionLines } from './decision-lines.ts';
import { exampleText, notAllowed, summaryOf, unreadText, type Group, type Summary } from './decisions-summary.ts';
import { oneLine } from './format.ts';
import { reportPage } from './report-page.ts';

export const decisionsReport: Command = command({
  name: 'report',
  summary: 'Show what was, or in monitor mode would have been, blocked, held and changed',
  description:
    'It reads the decision log of a runner (decisionLog), the audit log of a gateway (gateway --data), or both: a call that both have counts once. ' +
    'It groups the decisions by rule, tool, principal and hour, with examples. Arguments are never printed.',
  operands: 'FILE…',
  options: { html: { type: 'boolean', description: 'print a page with charts, for a file that needs no network' } },
  examples: [
    ['interven-openai-assistants decisions report decisions.jsonl', 'what enforcing would have done'],
    ['interven-openai-assistants decisions report decisions.jsonl --html > report.html', 'the same as a page'],
  ],
  async run({ values, operands, json }, io) {
    const lines = await readDecisions(operands);
    const summary = summaryOf(lines);
    if (json) io.write(`${JSON.stringify(reportJson(summary, lines))}\n`);
    else io.write(values.html ? reportPage(summary, lines, operands) : reportText(summary, lines));
    return 0;
  },
});

const MAX_ROWS = 20;
const BAR = 40;

function reportText(summary: Summary, lines: DecisionLines): string {
  const { total, from, to, modes, rules, tools, principals, times, unit, settled } = summary;
  const most = Math.max(...times.map(({ counts }) => notAllowed(counts)));
  const bars = times.map(({ name, counts }) => {
    const count = notAllowed(counts);
    return `  ${name}  ${'█'.repeat(most === 0 ? 0 : Math.ceil((count / most) * BAR))} ${count}`;
  });
  const outputs = [...lines.outputs].map(([decision, count]) => `${decision} ${count}`);
  const approvals = settled.map(([status, count]) => `${status} ${count}`);
  return [
    `${total === 1 ? '1 decision' : `${total} decisions`}, ${timeText(from)} to ${timeText(to)}.`,
    ...unreadText(lines),
    ...(approvals.length > 0 ? [`Approvals: ${approvals.join(', ')}.`] : []),
    ...(outputs.length > 0 ? [`Outputs: ${outputs.join(', ')}.`] : []),
    ...table('Enforced? (not enforced: what enforcing would have done)', modes, false),
    ...table('By rule', rules, true),
    ...table('By tool', tools, false),
    ...table('By principal, or else agent or key', principals, false),
    '',
    `Blocked, held and changed by ${unit} (UTC)`,
    ...bars,
  ]
    .map((line) => `${oneLine(line)}\n`)
    .join('');
}

function table(title: string, groups: readonly Group[], hasExamples: boolean): readonly string[] {
  const more = groups.length - MAX_ROWS;
  return [
    '',
    title,
    `  ${EFFECTS.map((effect) => effect.padStart(8)).join('')}`,
    ...groups
      .slice(0, MAX_ROWS)
      .flatMap(({ name, counts, examples }) => [
        `  ${EFFECTS.map((effect) => String(counts[effect]).padStart(8)).join('')}  ${name}`,
        ...(hasExamples ? examples.map((each) => `${' '.repeat(38)}${each.place}: ${exampleText(each)}`) : []),
      ]),
    ...(more > 0 ? [`  … and ${more} more.`] : []),
  ];
}

export function timeText(at: number): string {
  return `${new Date(at).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}

function reportJson(
  { from, to, modes, rules, tools, principals, times, settled, ...rest }: Summary,
  lines: DecisionLines,
) {
  const groups = (list: readonly Group[]) => list.map(({ name, counts }) => ({ name, ...counts }));
  return {
    ...rest,
    from: new Date(from).toISOString(),
    to: new Date(to).toISOString(),
    modes: groups(modes),
    rules: rules.map(({ name, counts, examples }) => ({
      name,
      ...counts,
      examples: examples.map(({ place }) => place),
    })),
    tools: groups(tools),
    principals: groups(principals),
    times: groups(times),
    approvals: Object.fromEntries(settled),
    outputs: Object.fromEntries(lines.outputs),
    missed: lines.missed,
    unread: lines.unread,
  };
}
