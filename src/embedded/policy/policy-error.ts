/** A problem of a policy. */
export interface PolicyProblem {
  /** The file or other source; absent for an object. */
  readonly source?: string;
  /** The line in the file, counted from 1; absent for an object. */
  readonly line?: number;
  /** The path, such as `rules[2].match.verbs[0]`; empty for the whole policy. */
  readonly path: string;
  /** The invalid value, as JSON of at most 60 characters, if it helps. */
  readonly value?: string;
  /** The problem and its remedy. */
  readonly message: string;
  /** True if the source does not exist or cannot be read. */
  readonly isUnreadable?: true;
}

const MAX_LISTED = 10;

/**
 * Thrown for invalid policies. None of them takes effect, because the valid ones could allow what an invalid one
 * denies.
 */
export class PolicyError extends Error {
  override readonly name: string = 'PolicyError';
  /** All problems in all files, in reading order. */
  readonly problems: readonly PolicyProblem[];

  constructor(problems: readonly PolicyProblem[], options?: ErrorOptions) {
    super(messageOf(problems), options);
    this.problems = problems;
  }
}

function messageOf(problems: readonly PolicyProblem[]): string {
  const lines = problems.slice(0, MAX_LISTED).map(problemText);
  if (problems.length > MAX_LISTED) lines.push(`and ${problems.length - MAX_LISTED} more`);
  return lines.length === 1
    ? `The policies cannot be used. ${lines.join('')}`
    : `The policies cannot be used. ${problems.length} problems:\n  ${lines.join('\n  ')}`;
}

/** Formats a problem in one line: `policies/a.yaml:3: rules[0].action is "DENI": must be one of …`. */
export function problemText({ source, line, path, value, message }: PolicyProblem): string {
  const location = [source, line].filter((part) => part !== undefined).join(':');
  const what = value === undefined ? path && `${path} ` : `${path || 'it'} is ${value}: `;
  return `${location === '' ? '' : `${location}: `}${what}${message}`;
}

const MAX_VALUE_LENGTH = 60;

/** Formats a value as JSON, truncated after 60 characters; its type if it cannot be serialized. */
export function shortJson(value: unknown): string {
  let json: string | undefined;
  try {
    json = JSON.stringify(value);
  } catch {
    // A cycle or a bigint.
  }
  json ??= typeof value;
  return json.length <= MAX_VALUE_LENGTH
    ? json
    : `${json.slice(0, MAX_VALUE_LENGTH - 1).replace(/\p{Surrogate}$/u, '')}…`;
}
