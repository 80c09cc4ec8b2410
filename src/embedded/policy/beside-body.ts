import type { ScanRequest } from '../../runner/gateway/gateway.ts';
import type { JsonObject } from '../../internal/json.ts';
import { addressOf } from '../catalog/address.ts';
import { vendorsAt } from '../catalog/find-operation.ts';
import { fieldsOf } from '../catalog/message-forms.ts';
import { ownAddress } from '../catalog/target-of.ts';
import { detect, type Detection, type Finding } from '../detection/detect.ts';
import { keyWords } from '../detection/key-words.ts';
import { BodyValues } from './body-values.ts';
import { isExternal } from './external.ts';

/** What a request carries beside its body: its address and its headers. */
export interface BesideBody {
  readonly values: BodyValues;
  readonly detection: Detection;
  /** True if a secret goes to a host that is not your own, even if its vendor is no recipient. */
  readonly leaks: boolean;
}

interface Options {
  readonly regions: readonly string[];
  readonly ownDomains: readonly string[];
}

/** Words of headers that carry the credential for the addressed host. */
const CREDENTIAL =
  /^(?:authorization|auth|token|key|apikey|secret|cookie|csrf|xsrf|session|password|credential|signature)s?$/;
const ANYONES: ReadonlySet<string> = new Set(
  'PASSWORD SECRET TOKEN API_KEY BEARER_TOKEN BASIC_AUTHORIZATION AUTHORIZATION JWT'.split(' '),
);
/** Addresses of people in a path, and of machines in a header, are there to address something. */
const IN_PATH: ReadonlySet<string> = new Set(['EMAIL', 'PHONE']);
const IN_HEADERS: ReadonlySet<string> = new Set(['IP', 'MAC']);

/**
 * Reads what a request carries beside its body. Undefined if the developer or the function's name determines it, or if
 * the body has the address.
 *
 * @param headers the headers that a client sends
 */
export function besideBody(request: ScanRequest, headers: JsonObject = {}, options: Options): BesideBody | undefined {
  const address = ownAddress(request);
  if (!address && Object.keys(headers).length === 0) return undefined;
  const { path = [], query = new URLSearchParams() } = address ?? {};
  const { host = '' } = addressOf(request.url);
  const parts = { path: path.join('/'), query: fieldsOf(query), headers };
  const credentials: unknown[] = [];
  const others: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(headers)) {
    if (keyWords(name).some((word) => CREDENTIAL.test(word)))
      credentials.push(typeof value === 'string' ? value.replace(/^\s*[A-Za-z]+\s+/, '') : value);
    else others[name] = value;
  }
  // An own host may get any credential; all others only those that are for them. The field has no name, because a name
  // makes any text a secret.
  const isOwn = host !== '' && !isExternal(host, options.ownDomains);
  const own = isOwn ? [] : credentials;
  // A query to the name server of a domain carries text in the labels of a host.
  const labels = host.replaceAll('.', '');
  const { findings, isComplete } = detect({ ...parts, labels, headers: others, x: own }, { regions: options.regions });
  const vendors = host === '' ? [] : vendorsAt(host);
  const kept = findings
    .filter(({ type, path: place }) => !isIssuedBy(vendors, type) && !(place.startsWith('x[') && isAnyones(type)))
    .map((finding) => (isAddressing(finding) ? { ...finding, isAddress: true } : finding));
  const classes = new Set(kept.flatMap(({ isAddress, dataClass }) => (isAddress ? [] : [dataClass])));
  return {
    values: new BodyValues(parts),
    detection: { findings: kept, classes, isComplete },
    leaks: !isOwn && classes.has('SECRETS'),
  };
}

function isAddressing({ type, path }: Finding): boolean {
  return (path === 'path' && IN_PATH.has(type)) || (path.startsWith('headers.') && IN_HEADERS.has(type));
}

/** Returns true if a secret is one that the host's vendor issues: `GITHUB_TOKEN` at `api.github.com`. */
export function isIssuedBy(vendors: readonly string[], type: string): boolean {
  const [first = ''] = type.toLowerCase().split('_', 1);
  return !isAnyones(type) && vendors.some((vendor) => vendor.split('_').includes(first));
}

/** Returns true for a type of secret that no single vendor issues. */
export function isAnyones(type: string): boolean {
  return ANYONES.has(type);
}

/** Combines both; the body's own detection if there is nothing beside it. */
export function withBeside(detection: Detection, beside: BesideBody | undefined): Detection {
  if (!beside || (beside.detection.classes.size === 0 && beside.detection.isComplete)) return detection;
  return {
    findings: [...detection.findings, ...beside.detection.findings],
    classes: new Set([...detection.classes, ...beside.detection.classes]),
    isComplete: detection.isComplete && beside.detection.isComplete,
  };
}
