import { EFFECTS, type DecisionLines } from './decision-lines.ts';
import { exampleText, notAllowed, shortName, unreadText, type Group, type Summary } from './decisions-summary.ts';

const MAX_ROWS = 50;
const WIDTH = 960;
const HEIGHT = 140;

/** The report as one HTML page: no script, nothing from elsewhere, readable on paper, light and dark. */
export function reportPage(summary: Summary, lines: DecisionLines, files: readonly string[]): string {
  const { total, from, to, modes, rules, tools, principals, unit, settled } = summary;
  const notes = [
    ...unreadText(lines),
    ...(settled.length > 0 ? [`Approvals: ${listed(settled)}.`] : []),
    ...(lines.outputs.size > 0 ? [`Outputs: ${listed([...lines.outputs])}.`] : []),
    ...(modes.some(({ name }) => name === 'gateway only')
      ? ['“Gateway only”: the audit log does not say whether the runner enforced the decision.']
      : []),
  ];
  const legend = EFFECTS.map((effect) => `<span><i class="${effect}"></i>${effect}</span>`).join(' ');
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta http-equiv="content-security-policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>Decisions, ${dayOf(from)} to ${dayOf(to)}</title>
<style>${STYLE}</style>
</head>
<body>
<h1>${total} decisions</h1>
<p>${minuteOf(from)} to ${minuteOf(to)} UTC, from ${files.map((file) => `<code>${html(shortName(file))}</code>`).join(', ')}</p>
${notes.map((note) => `<p class="note">${html(note)}</p>\n`).join('')}<p class="legend">${legend}</p>
${table('Enforced, or what enforcing would have done', modes)}
<h2>Blocked, held and changed by ${unit} (UTC)</h2>
${chart(summary)}
${table('By rule', rules)}
${examplesOf(rules)}
${table('By tool', tools)}
${table('By principal, or else agent or key', principals)}
<p class="note">Arguments are not in this report. <code>policy explain</code> shows why a rule applies, <code>policy replay</code> what a change of the policies would do.</p>
</body>
</html>
`;
}

function table(title: string, groups: readonly Group[]): string {
  const most = Math.max(...groups.map(({ counts }) => notAllowed(counts) + counts.allowed));
  const rows = groups.slice(0, MAX_ROWS).map(({ name, counts }) => {
    const bars = EFFECTS.map((effect) => {
      const width = ((counts[effect] / most) * 100).toFixed(2);
      return counts[effect] === 0 ? '' : `<i class="${effect}" style="width:${width}%"></i>`;
    });
    const cells = EFFECTS.map((effect) => `<td class="number">${counts[effect]}</td>`);
    return `<tr><th scope="row">${html(name)}</th>${cells.join('')}<td class="bars" aria-hidden="true"><div>${bars.join('')}</div></td></tr>\n`;
  });
  const heads = EFFECTS.map((effect) => `<th scope="col" class="number">${effect}</th>`).join('');
  const more = groups.length - MAX_ROWS;
  return `<h2>${title}</h2>
<div class="scroll"><table>
<thead><tr><th scope="col"><span class="unseen">Name</span></th>${heads}<td></td></tr></thead>
<tbody>
${rows.join('')}</tbody>
</table></div>${more > 0 ? `\n<p class="note">… and ${more} more.</p>` : ''}`;
}

/** A column for each hour or day, also for those without decisions. */
function chart({ times, unit, from, to }: Summary): string {
  const unitMs = unit === 'day' ? 86_400_000 : 3_600_000;
  const first = Math.floor(from / unitMs);
  const step = WIDTH / (Math.floor(to / unitMs) - first + 1);
  const most = Math.max(1, ...times.map(({ counts }) => notAllowed(counts)));
  const columns = times.map(({ name, counts }) => {
    const at = Date.parse(unit === 'day' ? name : `${name.replace(' ', 'T')}Z`);
    const x = (Math.floor(at / unitMs) - first) * step;
    let y = HEIGHT;
    const parts = (['blocked', 'held', 'changed'] as const).map((effect) => {
      const height = (counts[effect] / most) * HEIGHT;
      y -= height;
      return height === 0 ? '' : rect(effect, { x, y, width: Math.min(step * 0.85, 40), height });
    });
    return `<g><title>${name}: ${notAllowed(counts)}</title>${parts.join('')}</g>`;
  });
  return `<svg viewBox="0 0 ${WIDTH} ${HEIGHT}" preserveAspectRatio="none" role="img" aria-label="At most ${most} in one ${unit}">
${columns.join('\n')}
</svg>
<p class="axis"><span>${minuteOf(from)}</span><span>at most ${most} in one ${unit}</span><span>${minuteOf(to)}</span></p>`;
}

function rect(effect: string, place: Readonly<Record<'x' | 'y' | 'width' | 'height', number>>): string {
  const attributes = Object.entries(place).map(([name, value]) => `${name}="${value.toFixed(1)}"`);
  return `<rect class="${effect}" ${attributes.join(' ')}/>`;
}

function examplesOf(groups: readonly Group[]): string {
  const items = groups.slice(0, MAX_ROWS).flatMap(({ name, examples }) => {
    const lines = examples.map(
      (each) => `<li><code>${html(shortName(each.place))}</code> ${html(exampleText(each))}</li>\n`,
    );
    return lines.length === 0 ? [] : [`<h3>${html(name)}</h3>\n<ul>\n${lines.join('')}</ul>\n`];
  });
  return items.length === 0 ? '' : `<h2>Examples by rule</h2>\n${items.join('')}`;
}

function listed(counts: readonly (readonly [string, number])[]): string {
  return counts.map(([name, count]) => `${name} ${count}`).join(', ');
}

function minuteOf(at: number): string {
  return new Date(at).toISOString().slice(0, 16).replace('T', ' ');
}

function dayOf(at: number): string {
  return minuteOf(at).slice(0, 10);
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Escapes text for use between tags. */
function html(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ENTITIES[character] ?? character);
}

const STYLE = `
:root { color-scheme: light dark; --ground: #fff; --text: #1c1d1f; --soft: #5a5c60; --line: #dcdcd6;
  --blocked: #b3261e; --held: #c77700; --changed: #1d5bbf; --allowed: #b9bcc2 }
@media (prefers-color-scheme: dark) { :root { --ground: #131416; --text: #e9eaec; --soft: #a7abb2; --line: #34373c;
  --blocked: #ff9c94; --held: #ffc266; --changed: #8ab4ff; --allowed: #565b63 } }
@media print { :root { --ground: #fff; --text: #000; --soft: #333; --line: #999;
  --blocked: #b3261e; --held: #c77700; --changed: #1d5bbf; --allowed: #b9bcc2 }
  h2, h3, tr, svg { break-inside: avoid; break-after: avoid } tr { break-after: auto } }
body { font: 1rem/1.5 system-ui, sans-serif; color: var(--text); background: var(--ground); max-width: 62rem;
  margin: 0 auto; padding: 1rem; print-color-adjust: exact; -webkit-print-color-adjust: exact }
h1 { margin: 0 } h2 { font-size: 1.15rem; margin: 2rem 0 .5rem } h3 { font-size: 1rem; margin: 1rem 0 .25rem }
.note, .legend { color: var(--soft); margin: .25rem 0 } .legend span { margin-right: 1rem; white-space: nowrap }
.legend i { display: inline-block; width: .8rem; height: .8rem; margin-right: .4rem }
code { font: .9em ui-monospace, monospace } h3, tbody th, li, code { overflow-wrap: anywhere }
.scroll { overflow-x: auto } table { border-collapse: collapse; width: 100% }
th, td { padding: .3rem .5rem; border-bottom: 1px solid var(--line); text-align: left; font-weight: 400 }
thead th { color: var(--soft) } tbody th { min-width: 10rem } .number { text-align: right; font-variant-numeric: tabular-nums }
.bars { width: 35%; min-width: 8rem } .bars div { display: flex; height: .9rem } ul { margin: 0; padding-left: 1.2rem }
i.blocked { background: var(--blocked) } i.held { background: var(--held) } i.changed { background: var(--changed) }
i.allowed { background: var(--allowed) } rect.blocked { fill: var(--blocked) } rect.held { fill: var(--held) }
rect.changed { fill: var(--changed) } svg { width: 100%; height: 9rem; display: block; border-bottom: 1px solid var(--line) }
.axis { display: flex; justify-content: space-between; gap: 1rem; margin: .25rem 0; color: var(--soft); font-size: .85rem } @media screen and (max-width: 40rem) { .bars { display: none } tbody th { min-width: 6rem } th, td { padding: .3rem .2rem } }
.unseen { position: absolute; clip-path: inset(50%) }
`;
