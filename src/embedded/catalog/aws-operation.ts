import { strictest, type Verb } from './target.ts';
import type { Argument } from './arguments.ts';
import { readName, type NameReading } from './read-name.ts';
import { isReadingMethod } from './service.ts';
import { AWS } from './services.ts';
import { AWS_SERVICES, S3_ACCESS_SETTINGS } from './services/aws.ts';

const CATEGORIES: ReadonlyMap<string, string> = new Map(AWS_SERVICES.map(({ host, category }) => [host, category]));
const ALWAYS_ADMIN: ReadonlySet<string> = new Set(AWS_SERVICES.flatMap(({ host, isAdmin }) => (isAdmin ? [host] : [])));
const CATEGORIES_BY_NAME: ReadonlySet<string> = new Set(['users', 'permissions', 'credentials', 'messages']);
const CHANGES_ACCESS = /policy|permission|role|acl\b|login|accesskey|publicaccess|federation|sessiontoken/i;
const READ_ACTION =
  /^(?:Get|List|Describe|Head|Search|Lookup|BatchGet|Query|Scan|Select|Simulate|Estimate|Check|Verify)/;

export interface AwsOperation {
  /** The service's label in the host: `iam`, `s3`. */
  readonly service: string;
  readonly operation: string;
  readonly operationAliases: readonly string[];
  readonly category: string;
  readonly verb: Verb;
  readonly isDestructive: boolean;
  readonly resource: string | undefined;
  /** True if the request does not name its action where it can be read. */
  readonly isUnread?: boolean;
}

/**
 * Identifies a request to Amazon's API; undefined for other hosts, such as a customer's site on Amazon.
 *
 * @param host the host in lower case
 * @param functionName the action if neither the query nor the body names one
 */
export function awsOperation(
  method: string,
  host: string,
  path: readonly string[],
  query: URLSearchParams,
  given: readonly Argument[],
  functionName: string | undefined,
): AwsOperation | undefined {
  const found = awsServiceOf(host);
  if (!found) return undefined;
  const { service: name, bucket } = found;
  const actions = actionsIn(given);
  if (actions.length === 0 && name === 's3')
    return s3Operation(method, bucket === undefined ? path : [bucket, ...path], query);
  // If the request names several actions, the strictest counts, because it is unknown which one runs.
  const isUnread = actions.length === 0 && path.length === 0 && method === 'POST';
  const [first = actionOperation(method, name, path, given, undefined, functionName), ...others] = actions
    .map((action) => actionOperation(method, name, path, given, action, functionName))
    .sort((one, other) => (strictest(one.verb, other.verb) === one.verb ? -1 : 1));
  return {
    ...first,
    operationAliases: others.map(({ operation }) => operation),
    isDestructive: [first, ...others].some(({ isDestructive }) => isDestructive),
    isUnread,
  };
}

function actionOperation(
  method: string,
  name: string,
  path: readonly string[],
  given: readonly Argument[],
  action: string | undefined,
  functionName: string | undefined,
): AwsOperation {
  const actionName = action ?? (path.length === 0 && functionName !== undefined ? functionName : undefined);
  const words =
    actionName ?? (name === 'lambda' && path.at(-1) === 'invocations' ? 'Invoke' : `${method} ${path.at(-1) ?? name}`);
  const reading = readName(words, AWS.words);
  const reads =
    action === undefined
      ? reading.does === 'reads' || isReadingMethod(method)
      : READ_ACTION.test(action) && !/token/i.test(action);
  const isAdmin = reading.isAdmin || ALWAYS_ADMIN.has(name) || CHANGES_ACCESS.test(words);
  const category =
    reading.category !== undefined && CATEGORIES_BY_NAME.has(reading.category) ? reading.category : undefined;
  return {
    service: name,
    operation: awsOperationName(reading, given),
    operationAliases: [],
    category: category ?? CATEGORIES.get(name) ?? 'servers',
    verb: reads ? 'READ' : isAdmin ? 'ADMIN' : 'WRITE',
    isDestructive: method === 'DELETE' || reading.isDestructive,
    resource: undefined,
  };
}

/**
 * Returns `attach_policy` for an action that grants a policy, `attach_admin_policy` if the policy allows everything.
 */
export function awsOperationName(reading: NameReading, given: readonly Argument[]): string {
  const { words, snakeCase } = reading;
  const synonym = AWS.synonyms.find((row) => row.words.every((terms) => terms.some((term) => words.includes(term))));
  const name = reading.does !== 'reads' && !reading.isDestructive ? (synonym?.operation ?? snakeCase) : snakeCase;
  return name === 'attach_policy' && allowsEverything(given, snakeCase) ? 'attach_admin_policy' : name;
}

/**
 * Returns true if the arguments name one of Amazon's administrator policies, or contain a policy that allows every
 * action.
 */
function allowsEverything(given: readonly Argument[], name: string): boolean {
  if (/admin/.test(name)) return true;
  return given.some(({ field, value }) => {
    if (typeof value !== 'string') return false;
    if (/(?:AdministratorAccess|IAMFullAccess)\s*$/i.test(value)) return true;
    // `NotAction` allows everything but a few actions.
    if (field.name === 'not_action') return true;
    return field.name === 'action' ? isEveryAction(value.trim()) : BROKEN_POLICY.test(value);
  });
}

/** A policy that our JSON parser rejects but Amazon may accept. */
const BROKEN_POLICY = /"(?:Not)?Action"[\s:[]{1,20}"(?:iam:|\*:)?\*"/i;

/** Returns true if a pattern covers `*:*` or `iam:*` (IAM's wildcards are `*` and `?`). */
function isEveryAction(pattern: string): boolean {
  const [service = '', action = '*', ...more] = pattern.split(':');
  return more.length === 0 && /^[*?]+$/.test(action) && /^(?:[*?]+|[iam*?]{1,20})$/i.test(service);
}

/**
 * Lists the actions in the arguments. Does not match those inside a policy, which are patterns with a colon or a star.
 */
function actionsIn(given: readonly Argument[]): readonly string[] {
  return given.flatMap(({ field, value }) => {
    if (typeof value !== 'string' || (field.name !== 'action' && field.name !== 'x_amz_target')) return [];
    const action = value.slice(value.lastIndexOf('.') + 1).trim();
    return /^[A-Za-z]\w{0,100}$/.test(action) ? [action] : [];
  });
}

/** The domains of all partitions: https://docs.aws.amazon.com/general/latest/gr/rande.html. */
const AWS_DOMAINS = [
  ...['.amazonaws.com', '.amazonaws.com.cn', '.amazonaws.eu', '.api.aws', '.api.amazonwebservices.com.cn'],
  ...['.c2s.ic.gov', '.sc2s.sgov.gov', '.cloud.adc-e.uk', '.csp.hci.ic.gov'],
];
/** `eu-west-1`, `us-gov-west-1`, and the regions of global services: `us-gov`, `global`. */
const AWS_REGION = /^(?:[a-z]{2,4}(?:-[a-z]{1,10}){1,2}-\d|us-gov|global|cn|us-iso[bef]?)$/;

/**
 * Reads the service of a host: `iam.amazonaws.com`, `ec2.eu-west-1.amazonaws.com`, `bucket.s3.eu-west-1.amazonaws.com`.
 */
export function awsServiceOf(host: string): { service: string; bucket: string | undefined } | undefined {
  const domain = AWS_DOMAINS.find((each) => host.endsWith(each));
  if (domain === undefined || host.length > 253) return undefined;
  const labels = host.slice(0, -domain.length).split('.');
  const isPrivate = labels.at(-1) === 'vpce';
  if (isPrivate) labels.pop();
  if (labels.length > 1 && AWS_REGION.test(labels.at(-1) ?? '')) labels.pop();
  if (labels.at(-1) === 'dualstack') labels.pop();
  const name = (labels.pop() ?? '').replace(/-fips$/, '').replace(/^s3-.*/, 's3');
  if (isPrivate && name !== 's3') labels.length = 0;
  if (!CATEGORIES.has(name) || (labels.length > 0 && name !== 's3')) return undefined;
  return { service: name, bucket: labels.length > 0 ? labels.join('.') : undefined };
}

function s3Operation(method: string, [bucket, ...key]: readonly string[], query: URLSearchParams): AwsOperation {
  const doing = isReadingMethod(method) ? 'get' : method === 'DELETE' || query.has('delete') ? 'delete' : 'put';
  const rights = S3_ACCESS_SETTINGS.find((name) => query.has(name));
  const thing = key.length > 0 ? 'object' : 'bucket';
  const plain =
    bucket === undefined ? 'list_buckets' : doing === 'get' && key.length === 0 ? 'list_objects' : `${doing}_${thing}`;
  return {
    service: 's3',
    operation: rights === undefined ? plain : readName(`${doing}_${thing}_${rights}`).snakeCase,
    operationAliases: [],
    category: rights === undefined ? 'files' : 'permissions',
    verb: doing === 'get' ? 'READ' : rights !== undefined || thing === 'bucket' ? 'ADMIN' : 'WRITE',
    isDestructive: doing === 'delete',
    resource: bucket === undefined ? undefined : `aws:${[bucket, ...key].join('/')}`,
  };
}
