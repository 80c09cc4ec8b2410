/**
 * Shows a run live, from its events. On a terminal: one line per call, which changes as the call moves, and the model's text
 * as it comes. Elsewhere, in a file or a pipe: a line for each thing that happens.
 */
import type { RunEvent, RunEventOf } from 'interven-openai-assistants';

/** Where to show it: `process.stdout`, for instance. */
export interface Screen {
  readonly isTTY?: boolean;
  readonly columns?: number;
  readonly rows?: number;
  write(text: string): unknown;
}

export interface View {
  /** Whether the calls stay on the screen with what became of them. */
  readonly isLive: boolean;
  readonly show: (event: RunEvent) => void;
  /** Shows a line of the program's own. */
  readonly say: (line: string) => void;
}

/** What has happened to a call last. */
interface Step {
  readonly text: string;
  readonly colour: Colour;
  /** Whether it stays in the call's line when the next step comes. */
  readonly stays?: boolean;
}

const COLOURS = { grey: 90, red: 31, green: 32, yellow: 33, cyan: 36 } as const;
type Colour = keyof typeof COLOURS;
type Paint = (text: string, colour: Colour) => string;

const MOST_ARGUMENTS = 72;
const WIDEST_NAME = 24;

/** @param environment what says whether there are colours: `NO_COLOR`, `FORCE_COLOR`, which goes first, and `TERM` */
export function viewOn(screen: Screen, environment: Readonly<Record<string, string | undefined>>): View {
  const { FORCE_COLOR: forced, NO_COLOR: refused = '', TERM: terminal } = environment;
  const isTerminal = screen.isTTY === true && terminal !== 'dumb';
  const isColoured = forced === undefined ? isTerminal && refused === '' : forced !== '0' && forced !== 'false';
  const paint: Paint = (text, colour) => (isColoured ? `\u001b[${COLOURS[colour]}m${text}\u001b[39m` : text);
  return isTerminal ? liveView(screen, paint) : plainView(screen, paint);
}

function plainView(screen: Screen, paint: Paint): View {
  const texts = new Map<string, string>();
  const say = (line: string): void => {
    screen.write(`  ${line}\n`);
  };
  return {
    isLive: false,
    say,
    show(event) {
      if (event.type === 'text-delta') texts.set(event.itemId, (texts.get(event.itemId) ?? '') + event.delta);
      if (event.type === 'turn' || event.type === 'run-end') {
        for (const text of texts.values()) screen.write(`Assistant: ${visible(text)}\n`);
        texts.clear();
      }
      const step = stepOf(event);
      if (step && 'name' in event) say(`${oneLine(event.name)}: ${paint(step.text, step.colour)}`);
    },
  };
}

interface Row {
  readonly name: string;
  readonly steps: readonly Step[];
  readonly isSettled: boolean;
}

function liveView(screen: Screen, paint: Paint): View {
  /** By call, in the order in which they were asked for; those at the top that are settled have left it. */
  const rows = new Map<string, Row>();
  let drawn = 0;
  let nameWidth = 0;
  let isInText = false;
  /** Text received while calls were in flight. */
  let waiting: RunEventOf<'text-delta'>[] = [];
  let lastItem: string | undefined;

  /** @param above what is to stay above the calls that go on */
  const draw = (above = ''): void => {
    const upAndErase = drawn > 0 ? `\u001b[${drawn}A\u001b[J` : '';
    const settled = takeSettled(rows);
    const shown = [...rows.values()].slice(-Math.max(1, (screen.rows ?? 24) - 1));
    const calls = [...settled, ...shown].map((row) => `${lineOf(row)}\n`);
    // A line that the terminal breaks would be more than we count.
    screen.write(`${upAndErase}${above}\u001b[?7l${calls.join('')}\u001b[?7h`);
    drawn = shown.length;
  };

  const lineOf = ({ name, steps }: Row): string => {
    let left = (screen.columns ?? 80) - 1;
    const cut = (text: string): string => {
      const fitting = text.slice(0, left);
      left -= fitting.length;
      return fitting;
    };
    const start = cut(`  ${name.padEnd(nameWidth)}  `);
    return (
      start + steps.map(({ text, colour }, index) => cut(index === 0 ? '' : ', ') + paint(cut(text), colour)).join('')
    );
  };

  const leaveText = (): void => {
    if (isInText) screen.write('\n');
    isInText = false;
  };

  const tellText = ({ itemId, delta }: RunEventOf<'text-delta'>): void => {
    if (isInText && itemId !== lastItem) leaveText();
    screen.write(`${isInText ? '' : '\nAssistant: '}${visible(delta)}`);
    lastItem = itemId;
    isInText = true;
  };

  return {
    isLive: true,
    say(line) {
      leaveText();
      draw(`  ${line}\n`);
    },
    show(event) {
      if (event.type === 'text-delta') waiting.push(event);
      const step = stepOf(event);
      if ('callId' in event && (step || event.type === 'output-submitted')) {
        leaveText();
        const key = `${event.runId} ${event.callId}`;
        const { steps = [] } = rows.get(key) ?? {};
        const name = oneLine(event.name).slice(0, WIDEST_NAME);
        nameWidth = Math.max(nameWidth, name.length);
        const isSettled = event.type === 'output-submitted';
        rows.set(key, { name, isSettled, steps: step ? [...steps.filter(({ stays }) => stays), step] : steps });
        draw();
      }
      if (rows.size > 0 && event.type !== 'run-end') return;
      for (const text of waiting) tellText(text);
      waiting = [];
      if (event.type === 'run-end') leaveText();
    },
  };
}

/** Removes the finished calls at the top. */
function takeSettled(rows: Map<string, Row>): Row[] {
  const settled: Row[] = [];
  for (const [key, row] of rows) {
    if (!row.isSettled) break;
    settled.push(row);
    rows.delete(key);
  }
  return settled;
}

/** What an event says of its call; undefined when that is nothing of note. */
function stepOf(event: RunEvent): Step | undefined {
  switch (event.type) {
    case 'tool-call':
      return { text: `asked for, with ${shortened(event.arguments ?? '')}`, colour: 'grey' };
    case 'decision':
      return decisionStep(event);
    case 'approval-requested':
      return { text: oneLine(`waits for a person${inBrackets(event.reasonCodes)}`), colour: 'yellow' };
    case 'approval-settled':
      return approvalStep(event);
    case 'handler-start':
      return { text: `runs with ${shortened(JSON.stringify(event.input))}`, colour: 'cyan' };
    case 'handler-end':
      return handlerStep(event);
    case 'output-scan':
      return {
        text: oneLine(`output: ${event.decision ?? event.fault}${inBrackets(event.reasonCodes)}`),
        colour: 'grey',
      };
    case 'output-submitted':
      if (event.executed !== 'no') return undefined;
      return { text: `not run: ${event.outcome}`, colour: 'red', stays: true };
    case 'turn':
    case 'text-delta':
    case 'refusal':
    case 'run-end':
      return undefined;
  }
}

const COLOUR_OF = { ALLOW: 'green', SANITIZE: 'yellow', DENY: 'red', REQUIRE_APPROVAL: 'yellow' } as const;

function decisionStep({ decision, effective, fault, reasonCodes, fields }: RunEventOf<'decision'>): Step {
  const why = decision === 'REQUIRE_APPROVAL' ? [] : reasonCodes;
  const redacted = fields.length > 0 ? `, ${fields.join(', ')} redacted` : '';
  const text = `${decision ?? 'no decision'}${inBrackets(fault ? [...why, fault] : why)}${redacted}`;
  return { text: oneLine(text), colour: COLOUR_OF[effective], stays: true };
}

function inBrackets(words: readonly string[]): string {
  return words.length > 0 ? ` (${words.join(', ')})` : '';
}

function approvalStep({ status, decidedBy }: RunEventOf<'approval-settled'>): Step {
  const text =
    status === 'pending' ? 'nobody has decided' : `${status}${decidedBy === undefined ? '' : ` by ${decidedBy}`}`;
  return { text: oneLine(text), colour: status === 'approved' ? 'green' : 'red', stays: true };
}

function handlerStep({ end, handlerMs, errorType }: RunEventOf<'handler-end'>): Step {
  const ms = `${Math.round(handlerMs)} ms`;
  if (end === 'returned') return { text: `ran in ${ms}`, colour: 'green', stays: true };
  const text = end === 'threw' ? `failed after ${ms}: ${errorType ?? 'error'}` : `stopped after ${ms}: ${end}`;
  return { text: oneLine(text), colour: 'red', stays: true };
}

function shortened(json: string | undefined = ''): string {
  const text = oneLine(json);
  return text.length <= MOST_ARGUMENTS ? text : `${text.slice(0, MOST_ARGUMENTS)}…`;
}

/** Names, arguments and text are the model's: what would move the cursor or turn letters round is written out, as `\u001b`. */
export function visible(text: string): string {
  return text.replace(/[^\P{C}\n]|\p{Zl}|\p{Zp}/gu, (character) =>
    Array.from(character, (_, index) => `\\u${character.charCodeAt(index).toString(16).padStart(4, '0')}`).join(''),
  );
}

function oneLine(text: string): string {
  return visible(text.replaceAll('\n', '\\n'));
}
