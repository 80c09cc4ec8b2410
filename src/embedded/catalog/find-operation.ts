import { awsServiceOf } from './aws-operation.ts';
import { AWS, SERVICES } from './services.ts';
import type { Operation, Service } from './service.ts';

/** The service and operation at a URL. */
export interface FoundOperation {
  readonly service: Service;
  /** The operation; absent if the path is not in the service's table. */
  readonly operation: Operation | undefined;
  /** Captured path segments by placeholder. */
  readonly captured: Readonly<Record<string, readonly string[]>>;
  /** The path after the API's prefix. */
  readonly rest: readonly string[];
  /** True if the host belongs to the vendor; false for a host that anyone could run. */
  readonly isVendors: boolean;
}

interface Place {
  readonly service: Service;
  readonly prefix: readonly string[];
}

const ANY_HOST = '*';
/** Minimum length of a path on a self-hosted server. Shorter ones are too ambiguous to identify a service. */
const MIN_SEGMENTS = 3;
const placesByHost = new Map<string, Place[]>();
for (const service of SERVICES) {
  for (const place of service.places) {
    const [host = '', ...prefix] = place.toLowerCase().split('/');
    placesByHost.set(host, [...(placesByHost.get(host) ?? []), { service, prefix }]);
  }
}
// Longest prefix first; the sort is stable.
for (const places of placesByHost.values()) places.sort((one, other) => other.prefix.length - one.prefix.length);

/**
 * Finds the service and operation of a request. A path in a table takes precedence over a service's prefix.
 *
 * @param host the host in lower case, without a trailing dot
 * @param path the decoded segments, from `segmentsOf`
 */
export function findOperation(method: string, host: string, path: readonly string[]): FoundOperation | undefined {
  const lower = path.map((segment) => segment.toLowerCase());
  let byPrefix: FoundOperation | undefined;
  for (const name of namesOf(host)) {
    const isVendors = name !== ANY_HOST;
    if (byPrefix && !isVendors) break;
    for (const { service, prefix } of placesByHost.get(name) ?? []) {
      if (!begins(lower, prefix)) continue;
      const rest = path.slice(prefix.length);
      const operation = operationAt(service, method, lower.slice(prefix.length));
      const isSure = isVendors || rest.length >= MIN_SEGMENTS;
      if (operation && isSure)
        return { service, operation, captured: capturedBy(operation.path, rest), rest, isVendors };
      if (isVendors) byPrefix ??= { service, operation: undefined, captured: {}, rest, isVendors };
    }
  }
  return byPrefix;
}

/** Lists the names of the services whose vendor owns a host. */
export function vendorsAt(host: string): readonly string[] {
  const services = namesOf(host).flatMap((name) => (name === ANY_HOST ? [] : (placesByHost.get(name) ?? [])));
  const names = services.flatMap(({ service: { tool, aliases } }) => [tool, ...aliases]);
  return awsServiceOf(host) ? [...names, AWS.tool] : names;
}

function operationAt({ operations }: Service, method: string, path: readonly string[]): Operation | undefined {
  return operations.find(
    ({ methods, path: pattern }) => (methods === undefined || methods.includes(method)) && isMatch(pattern, path),
  );
}

/** Lists the patterns that match a host: `a.b.c`, `*.b.c`, `*.c`, `*`. A host has at most 127 labels. */
function namesOf(host: string): string[] {
  const labels = host.split('.').slice(-8);
  return [host, ...labels.slice(1).map((_label, index) => `*.${labels.slice(index + 1).join('.')}`), ANY_HOST];
}

function isMatch(pattern: readonly string[], path: readonly string[]): boolean {
  const rest = pattern.indexOf('**');
  if (rest < 0) return path.length === pattern.length && begins(path, pattern);
  const tail = pattern.slice(rest + 1);
  if (path.length < rest + tail.length) return false;
  return begins(path, pattern.slice(0, rest)) && begins(path.slice(path.length - tail.length), tail);
}

function begins(path: readonly string[], pattern: readonly string[]): boolean {
  return (
    path.length >= pattern.length && pattern.every((wanted, index) => wanted === path[index] || isPlaceholder(wanted))
  );
}

function capturedBy(pattern: readonly string[], path: readonly string[]): Record<string, readonly string[]> {
  const captured: Record<string, string[]> = {};
  for (const [index, segment] of pattern.entries()) {
    if (isPlaceholder(segment)) (captured[segment.slice(1, -1)] ??= []).push(path[index] ?? '');
  }
  return captured;
}

function isPlaceholder(segment: string): boolean {
  return segment.startsWith('{');
}
