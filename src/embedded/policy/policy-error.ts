/** One thing that is wrong with a policy. */
export interface PolicyProblem {
  /** The file, or what else the policy was read from; absent for an object. */
  readonly source?: string;
  /** Counted from 1; only for a file. */
  readonly line?: number;
  /** Where in the policy, such as `rules[2].match.verbs[0]`; empty for the whole of it. */
  readonly path: string;
  /** What stands there, as JSON of at most 60 characters; absent when that says nothing. */
  readonly value?: string;
  /** What is wrong with it and what to write instead. */
  readonly message: string;
  /** Whether there was nothing to look at: no such file, or none that can be read. */
  readonly isUnreadable?: true;
}

const MOST_LISTED = 10;

/** Thrown when policies cannot be used. No policy of the lot is in force then: half of them could allow what the other half denies. */
export class PolicyError extends Error {
  override readonly name: string = 'PolicyError';
  /** All that is wrong, in all files, in the order in which it was read. */
  readonly problems: readonly PolicyProblem[];

  constructor(problems: readonly PolicyProblem[], options?: ErrorOptions) {
    super(messageOf(problems), options);
    this.problems = problems;
  }
}

function messageOf(problems: readonly PolicyProblem[]): string {
  const lines = problems.slice(0, MOST_LISTED).map(problemText);
  if (problems.length > MOST_LISTED) lines.push(`and ${problems.length - MOST_LISTED} more`);
  return lines.length === 1
    ? `The policies cannot be used. ${lines.join('')}`
    : `The policies cannot be used, ${problems.length} things are wrong:\n  ${lines.join('\n  ')}`;
}

/** Place, value and remedy in one line: `policies/a.yaml:3: rules[0].action is "DENI": must be one of …`. */
export function problemText({ source, line, path, value, message }: PolicyProblem): string {
  const place = [source, line].filter((part) => part !== undefined).join(':');
  const what = value === undefined ? path && `${path} ` : `${path || 'it'} is ${value}: `;
  return `${place === '' ? '' : `${place}: `}${what}${message}`;
}

const LONGEST_SHOWN = 60;

/** The value as JSON, cut to 60 characters; what has no JSON by its kind. */
export function shortJson(value: unknown): string {
  let json: string | undefined;
  try {
    json = JSON.stringify(value);
  } catch {
    // A cycle or a bigint, which only an object in code can have.
  }
  json ??= typeof value;
  return json.length <= LONGEST_SHOWN ? json : `${json.slice(0, LONGEST_SHOWN - 1).replace(/\p{Surrogate}$/u, '')}…`;
}
