/**
 * Draws docs/run.svg, the README's picture: what the demo leaves on a terminal, colours included. Needs the `script`
 * command of util-linux, which gives the demo a terminal.
 */
import { execFileSync } from 'node:child_process';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const COLUMNS = 112;
const LINE_HEIGHT = 20;
const CHARACTER_WIDTH = 8.4;
const MARGIN = 20;
const COLOURS = { 90: '#8b949e', 31: '#ff7b72', 32: '#7ee787', 33: '#e3b341', 36: '#79c0ff' };

const recording = join(tmpdir(), `run-${process.pid}.typescript`);
const demo = `stty cols ${COLUMNS} rows 40; node --import tsx -C interven-source src/cli/main.ts demo`;
const { NO_COLOR: _noColours, ...env } = process.env;
execFileSync('script', ['-qec', demo, recording], {
  env: { ...env, TERM: 'xterm-256color' },
  stdio: ['ignore', 'ignore', 'inherit'],
});
const recorded = readFileSync(recording, 'utf8');
rmSync(recording);

/** The screen after all output: lines of characters with their colours. */
function screenOf(output) {
  const lines = [[]];
  let row = 0;
  let column = 0;
  let colour;
  for (const [token, sequence, parameter, command] of output.matchAll(/(\u001b\[\??(\d*)([A-Za-z]))|[^]/gu)) {
    if (sequence) {
      if (command === 'A') row = Math.max(0, row - Number(parameter || 1));
      if (command === 'J') lines.splice(row, lines.length, (lines[row] ?? []).slice(0, column));
      if (command === 'm') colour = COLOURS[parameter];
    } else if (token === '\r') column = 0;
    else if (token === '\n') {
      row += 1;
      lines[row] ??= [];
    } else {
      (lines[row] ??= [])[column] = { token, colour };
      column += 1;
    }
  }
  return lines;
}

const escaped = (text) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

/** Runs of one colour as `tspan`s. */
function spansOf(line) {
  const spans = [];
  for (const { token, colour } of Array.from(line, (cell) => cell ?? { token: ' ' })) {
    const last = spans.at(-1);
    if (last && last.colour === colour) last.text += token;
    else spans.push({ text: token, colour });
  }
  return spans
    .map(({ text, colour }) => (colour ? `<tspan fill="${colour}">${escaped(text)}</tspan>` : escaped(text)))
    .join('');
}

const screen = screenOf(recorded.replace(/^Script started.*\n/, '').replace(/\nScript done.*\n?$/, ''));
const text = screen.map((line) => line.map((cell) => cell?.token ?? ' ').join(''));
const first = text.findIndex((line) => line.startsWith('A guarded run'));
const end = text.findIndex((line) => line.startsWith('Guard your own run'));
// The page's port is another one each time, and the page is gone when the run has ended.
const shown = [{ text: '$ npx interven-openai-assistants demo' }, { line: [] }]
  .concat(screen.slice(first, end).map((line, index) => ({ line, text: text[first + index] })))
  .filter(({ text: words = '' }) => !/^(Approvals:|The demo itself)/.test(words));
const lines = shown
  .map(({ line, text: words = '' }) => (line ? spansOf(line) : escaped(words)))
  .filter((line, index, all) => line !== '' || all[index - 1] !== '');
while (lines.at(-1) === '') lines.pop();

const width = Math.ceil(COLUMNS * CHARACTER_WIDTH + 2 * MARGIN);
const height = lines.length * LINE_HEIGHT + 2 * MARGIN;
const rows = lines.map((line, index) =>
  line === ''
    ? ''
    : `  <text x="${MARGIN}" y="${MARGIN + 15 + index * LINE_HEIGHT}" xml:space="preserve" style="white-space:pre">${line}</text>\n`,
);
writeFileSync(
  'docs/run.svg',
  `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img">
  <title>A guarded run in the terminal</title>
  <rect width="100%" height="100%" rx="8" fill="#0d1117"/>
  <g fill="#e6edf3" font-family="ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace" font-size="14">
${rows.join('')}  </g>
</svg>
`,
);
