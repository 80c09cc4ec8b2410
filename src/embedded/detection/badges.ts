// Pictures that show the state of a build. Everyone who reads the page has their tokens.
const BEFORE =
  /\/\/(?:[\w-]{1,40}\.){0,3}(?:codecov\.io|coveralls\.io|circleci\.com|travis-ci\.(?:com|org)|codacy\.com|snyk\.io|appveyor\.com)\/[^\s()]{0,160}(?:\.svg|badge)[^\s()]{0,40}[?&](?:\w{1,12}-)?$/i;
const MAX_LENGTH = 260;

/** Returns true for a parameter in the address of a badge. */
export function isInBadge(text: string, at: number): boolean {
  const before = text.slice(Math.max(0, at - MAX_LENGTH), at);
  return /[?&](?:\w{1,12}-)?$/.test(before) && BEFORE.test(before);
}
