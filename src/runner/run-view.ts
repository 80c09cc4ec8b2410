import { visible, oneLine } from '../internal/visible.ts';
import type { RunEvent, RunEventOf, RunListener } from './events.ts';

/** The terminal, file or pipe that a view writes to, such as `process.stdout`. */
export interface ViewStream {
  readonly isTTY?: boolean | undefined;
  readonly columns?: number | undefined;
  readonly rows?: number | undefined;
  write(text: string): unknown;
}

export interface RunViewOptions {
  /** The variables that decide on colours: `FORCE_COLOR`, otherwise `NO_COLOR` and `TERM`. Default: `process.env`. */
  readonly env?: Readonly<Record<string, string | undefined>> | undefined;
}

/** A listener for `onEvent` that shows runs to a person. */
export type RunView = RunListener & {
  /** True if calls have lines on the screen that change. */
  readonly isLive: boolean;
  /** Shows a line of your own among the calls. */
  readonly say: (line: string) => void;
};

/**
 * Shows runs as they happen. On a terminal, each call has one line, which changes as the call moves, and the model's text
 * streams below. Elsewhere, in a file or a pipe, each step is a line. Control characters of the model are escaped.
 * Arguments are shown only with the runner's `payloads: true`.
 *
 * @example
 * new GuardedRunner({ client, gateway, tools, onEvent: runView(process.stdout) });
 */
export function runView(stream: ViewStream, { env = process.env }: RunViewOptions = {}): RunView {
  const { FORCE_COLOR: forced, NO_COLOR: refused = '', TERM: terminal } = env;
  const isTerminal = stream.isTTY === true && terminal !== 'dumb';
  const isColoured = forced === undefined ? isTerminal && refused === '' : forced !== '0' && forced !== 'false';
  const paint: Paint = (text, colour) => (isColoured ? `\u001b[${COLOURS[colour]}m${text}\u001b[39m` : text);
  const { show, say } = isTerminal ? liveView(stream, paint) : plainView(stream, paint);
  return Object.assign(
    (event: RunEvent) => {
      show(event);
    },
    {
      isLive: isTerminal,
      say: (line: string) => {
        say(oneLine(line));
      },
    },
  );
}

interface View {
  readonly show: (event: RunEvent) => void;
  readonly say: (line: string) => void;
}

/** The latest thing that happened to a call. */
interface Step {
  readonly text: string;
  readonly colour: Colour;
  /** True if it stays in the call's line when the next step comes. */
  readonly stays?: boolean;
}

const COLOURS = { grey: 90, red: 31, green: 32, yellow: 33, cyan: 36 } as const;
type Colour = keyof typeof COLOURS;
type Paint = (text: string, colour: Colour) => string;

const MAX_ARGUMENTS = 72;
const MAX_NAME = 24;

function plainView(stream: ViewStream, paint: Paint): View {
  const texts = new Map<string, string>();
  const say = (line: string): void => {
    stream.write(`  ${line}\n`);
  };
  return {
    say,
    show(event) {
      if (event.type === 'text-delta') texts.set(event.itemId, (texts.get(event.itemId) ?? '') + event.delta);
      if (event.type === 'turn' || event.type === 'run-end') {
        for (const text of texts.values()) stream.write(`Assistant: ${visible(text)}\n`);
        texts.clear();
      }
      const step = stepOf(event);
      if (step && 'name' in event) say(`${oneLine(event.name)}: ${paint(step.text, step.colour)}`);
    },
  };
}

interface Row {
  readonly name: string;
  readonly threadId: string;
  readonly steps: readonly Step[];
  readonly isSettled: boolean;
}

function liveView(stream: ViewStream, paint: Paint): View {
  /** By call, in the order of the requests. Settled calls at the top have left it. */
  const rows = new Map<string, Row>();
  let drawn = 0;
  let nameWidth = 0;
  let isInText = false;
  /** Text received while calls were in flight. */
  let waiting: RunEventOf<'text-delta'>[] = [];
  let lastItem: string | undefined;

  /** @param above a line to leave above the calls in flight */
  const draw = (above = ''): void => {
    const upAndErase = drawn > 0 ? `\u001b[${drawn}A\u001b[J` : '';
    const settled = takeSettled(rows);
    const shown = [...rows.values()].slice(-Math.max(1, (stream.rows || 24) - 1));
    const calls = [...settled, ...shown].map((row) => `${lineOf(row)}\n`);
    // A line that the terminal breaks would be more than we count.
    stream.write(`${upAndErase}${above}\u001b[?7l${calls.join('')}\u001b[?7h`);
    drawn = shown.length;
  };

  const lineOf = ({ name, steps }: Row): string => {
    let left = (stream.columns || 80) - 1;
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
    if (isInText) stream.write('\n');
    isInText = false;
  };

  const writeText = ({ itemId, delta }: RunEventOf<'text-delta'>): void => {
    if (isInText && itemId !== lastItem) leaveText();
    stream.write(`${isInText ? '' : '\nAssistant: '}${visible(delta)}`);
    lastItem = itemId;
    isInText = true;
  };

  return {
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
        const name = oneLine(event.name).slice(0, MAX_NAME);
        nameWidth = Math.max(nameWidth, name.length);
        const isSettled = event.type === 'output-submitted';
        rows.set(key, {
          name,
          threadId: event.threadId,
          isSettled,
          steps: step ? [...steps.filter(({ stays }) => stays), step] : steps,
        });
        draw();
      }
      if (event.type === 'run-end' && settleRows(rows, event.threadId)) draw();
      if (rows.size > 0 && event.type !== 'run-end') return;
      for (const text of waiting) writeText(text);
      waiting = [];
      if (event.type === 'run-end') leaveText();
    },
  };
}

/** Settles the calls of a run that ended without submitting their outputs. Returns true if there are any. */
function settleRows(rows: Map<string, Row>, threadId: string): boolean {
  const left = [...rows].filter(([, row]) => row.threadId === threadId);
  for (const [key, row] of left) rows.set(key, { ...row, isSettled: true });
  return left.length > 0;
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

/** Returns the step that an event is for its call, if it is one. */
function stepOf(event: RunEvent): Step | undefined {
  switch (event.type) {
    case 'tool-call':
      return { text: `requested${withArguments(event.arguments)}`, colour: 'grey' };
    case 'decision':
      return decisionStep(event);
    case 'approval-requested':
      return { text: oneLine(`waits for a person${inBrackets(event.reasonCodes)}`), colour: 'yellow' };
    case 'approval-settled':
      return approvalStep(event);
    case 'handler-start':
      return {
        text: `runs${withArguments(event.input === undefined ? undefined : JSON.stringify(event.input))}`,
        colour: 'cyan',
      };
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
    status === 'pending' ? 'not decided in time' : `${status}${decidedBy === undefined ? '' : ` by ${decidedBy}`}`;
  return { text: oneLine(text), colour: status === 'approved' ? 'green' : 'red', stays: true };
}

function handlerStep({ end, handlerMs, errorType }: RunEventOf<'handler-end'>): Step {
  const ms = `${Math.round(handlerMs)} ms`;
  if (end === 'returned') return { text: `ran in ${ms}`, colour: 'green', stays: true };
  const text = end === 'threw' ? `failed after ${ms}: ${errorType ?? 'error'}` : `stopped after ${ms}: ${end}`;
  return { text: oneLine(text), colour: 'red', stays: true };
}

/** @param json absent without `payloads` */
function withArguments(json: string | undefined): string {
  if (json === undefined) return '';
  const text = oneLine(json);
  return ` with ${text.length <= MAX_ARGUMENTS ? text : `${text.slice(0, MAX_ARGUMENTS)}…`}`;
}
