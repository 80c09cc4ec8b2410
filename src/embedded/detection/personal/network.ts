import { BlockList, isIPv6 } from 'node:net';
import { characters, runEnd, runStart } from '../characters.ts';
import { keyWords } from '../key-words.ts';
import { eachMatch } from '../patterns.ts';
import type { Span } from '../span.ts';
import { isWordAt, type Group, type Island } from './islands.ts';
import { NOT_PUBLIC_PREFIXES } from './data/networks.ts';
import { labelsNear, type Label } from './labels.ts';

/** Text before four numbers that are not an address: `Chrome/109.0.0.0`, `version 1.2.3.4`, `section 4.1.2.3`. */
const NO_ADDRESS =
  /(?:\b(?:v|ver|version|release|build|firmware|revision|rev|section|chapter|clause|paragraph|figure|fig|table|appendix|§)[.:= -]{0,3}|(?:chrome|chromium|crios|edge?|edga|edgios|opr|opera|vivaldi|browser|electron|safari|version)\/|(?:oid|object|identifier)\W{1,14})$/i;
const VERSION_KEY = /version|release|build|user.?agent/i;
/** Up to six digits are a version, a section or an object identifier, unless something says that they are an address. */
const MAX_VERSION_LENGTH = 9;
/** ISO's members and organisations, and ITU's algorithms. */
const OBJECT_IDENTIFIER = /^(?:1\.[23]|2\.5)\./;
const ADDRESS_BEFORE =
  /(?:\b(?:ip|ipv4|ips|addr|address|hosts?|server|client|peer|remote|from|ping|ssh|dns|via)\b\W{0,4}(?:is |was |are )?|@|\/\/)$/i;
const ADDRESS_AFTER = /^\]?(?::\d{2,5}(?!\d)|\/\d{1,2}(?!\d))/;
const ADDRESS_WORDS = new Set(['ip', 'ipv4', 'addr', 'address', 'host', 'client', 'server', 'peer', 'remote', 'dns']);
const MAX_V6_LENGTH = 45;
const IN_V6 = characters(/[0-9A-Fa-f:.]/);
const MAC =
  /\b[0-9a-f]{2}(?:(?<![:-]..)([:-])[0-9a-f]{2}(?:\1[0-9a-f]{2}){4}|[0-9a-f]{2}\.[0-9a-f]{4}\.[0-9a-f]{4})(?![\w:-]|\.\w)/gi;

const byteOf = (text: string, group: Group | undefined): number =>
  group && group.end - group.start <= 3 ? Number(text.slice(group.start, group.end)) : 256;

/** Addresses of no public machine, as prefixes (IANA special-purpose registries): private, documentation, local. */
const NOT_PUBLIC = new BlockList();
const NOT_PUBLIC_V4: (readonly [network: number, size: number])[] = [];
for (const prefix of NOT_PUBLIC_PREFIXES) {
  const [network = '', bits = ''] = prefix.split('/');
  NOT_PUBLIC.addSubnet(network, Number(bits), network.includes(':') ? 'ipv6' : 'ipv4');
  if (!network.includes(':')) NOT_PUBLIC_V4.push([numberOf(network.split('.').map(Number)), 2 ** (32 - Number(bits))]);
}

function numberOf(bytes: readonly number[]): number {
  return bytes.reduce((number, byte) => number * 256 + byte, 0);
}

// `BlockList` makes an object for each check, of which logs need thousands.
function isPublicV4(bytes: readonly number[]): boolean {
  const address = numberOf(bytes);
  return !NOT_PUBLIC_V4.some(([network, size]) => address >= network && address < network + size);
}

function findV4(text: string, islands: readonly Island[], key: string | undefined, found: Span[]): void {
  if (key !== undefined && VERSION_KEY.test(key)) return;
  for (const { groups } of islands) {
    for (let from = 0; from + 3 < groups.length;) {
      const parts = dottedFrom(text, groups, from);
      from += parts;
      if (parts !== 4) continue;
      const four = groups.slice(from - 4, from);
      const [start, end] = [four[0]?.start ?? 0, four[3]?.end ?? 0];
      // `.48.07.95.18`: the path of a picture.
      if (text[start - 1] === '.' || isWordAt(text, start - 1) || isWordAt(text, end)) continue;
      const bytes = four.map((group) => byteOf(text, group));
      if (
        bytes.some((byte) => byte > 255) ||
        // An address that ends in zero is that of a network.
        bytes[3] === 0 ||
        !isPublicV4(bytes) ||
        NO_ADDRESS.test(text.slice(Math.max(0, start - 24), start)) ||
        // `14.6.202.34-node.20`
        /^-[a-z]/i.test(text.slice(end, end + 2)) ||
        ((end - start <= MAX_VERSION_LENGTH || OBJECT_IDENTIFIER.test(text.slice(start, end))) &&
          !isNamedAddress(text, start, end, key))
      )
        continue;
      found.push({ start, end, dataClass: 'PII', type: 'IP' });
    }
  }
}

function isNamedAddress(text: string, start: number, end: number, key: string | undefined): boolean {
  return (
    end - start === text.trim().length ||
    ADDRESS_BEFORE.test(text.slice(Math.max(0, start - 16), start)) ||
    ADDRESS_AFTER.test(text.slice(end, end + 7)) ||
    (key !== undefined && keyWords(key).some((word) => ADDRESS_WORDS.has(word)))
  );
}

/** Counts the groups, from one on, that are separated by single dots. */
function dottedFrom(text: string, groups: readonly Group[], from: number): number {
  let count = 1;
  for (let at = from; at + 1 < groups.length; at += 1) {
    const [end, start] = [groups[at]?.end ?? 0, groups[at + 1]?.start ?? 0];
    if (start !== end + 1 || text[end] !== '.') break;
    count += 1;
  }
  return count;
}

function findV6(text: string, found: Span[]): void {
  for (let colon = text.indexOf(':'); colon !== -1;) {
    const start = runStart(text, colon, IN_V6, MAX_V6_LENGTH);
    const end = runEnd(text, colon, IN_V6);
    if (end - start >= 6 && end - start <= MAX_V6_LENGTH + 2) addV6(text, start, end, found);
    colon = text.indexOf(':', end);
  }
}

function addV6(text: string, runStart: number, runEnd: number, found: Span[]): void {
  const run = text.slice(runStart, runEnd);
  const start = runStart + (/^:(?!:)/.test(run) ? 1 : 0);
  const end = runEnd - (/(?:\.+|(?<!:):\.*)$/.exec(run)?.[0].length ?? 0);
  const address = text.slice(start, end);
  if (isWordAt(text, start - 1) || isWordAt(text, end) || !isIPv6(address)) return;
  // Short forms are also slices (`[1::2]`) and handles: public ones begin with 2000::/3, or have an IPv4 address.
  if (!(address.includes('::') ? /^[23][0-9a-f]{3}:|\./i : /[0-9a-f]{3}/i).test(address)) return;
  // One that ends in zero is that of a network.
  if (/:0?$/.test(address) || NOT_PUBLIC.check(address, 'ipv6')) return;
  found.push({ start, end, dataClass: 'PII', type: 'IP' });
}

/** Maximum number of characters between a label and its MAC address. */
const MAC_REACH = 16;

/** Logs are full of MAC addresses: they count where something says that they are one. */
function findMacs(text: string, labels: readonly Label[], found: Span[]): void {
  if (!labels.some(({ kind }) => kind === 'MAC')) return;
  const words = labelsNear(labels, ['MAC']);
  eachMatch(MAC, text, ({ 0: address, index }) => {
    if (!words.before(index, MAC_REACH)) return;
    const nibbles = address.replace(/[^0-9a-f]/gi, '');
    if (/^(?:0+|f+)$/i.test(nibbles) || (address[4] === '.' && /^\d+$/.test(nibbles))) return;
    found.push({ start: index, end: index + address.length, dataClass: 'PII', type: 'MAC' });
  });
}

/** Finds public IPv4 and IPv6 addresses, and MAC addresses after a label. */
export function findNetworkAddresses(
  text: string,
  islands: readonly Island[],
  labels: readonly Label[],
  key: string | undefined,
  found: Span[],
): void {
  findV6(text, found);
  findV4(text, islands, key, found);
  findMacs(text, labels, found);
}
