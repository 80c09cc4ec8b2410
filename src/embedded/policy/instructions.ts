import { FORGED_MARKS, PHRASES, type Phrase } from './data/instruction-phrases.ts';

interface Compiled extends Pick<Phrase, 'family' | 'isStrong'> {
  readonly pattern: RegExp;
}

/** How near to each other two weak phrases belong together, in characters. */
const NEAR = 400;

const byLead = new Map<string, Compiled[]>();
for (const { family, isStrong, leads, rest } of PHRASES) {
  for (const lead of leads.split('|')) {
    const pattern = new RegExp(rest.replaceAll(' ', '\\s'), 'uy');
    byLead.set(lead, [...(byLead.get(lead) ?? []), { family, isStrong, pattern }]);
  }
}
const WORD = /[a-z']+/g;

/**
 * Whether a text speaks to the model that reads it: by one phrase that people do not say to each other, or by two of different kinds
 * that stand together.
 *
 * @param text one text that a tool returned, in lower case
 */
export function hasInstructions(text: string): boolean {
  if (FORGED_MARKS.test(text)) return true;
  const plain = withoutMarkup(text);
  const lastOf = new Map<string, number>();
  const isSecond = (family: string, at: number): boolean => {
    lastOf.set(family, at);
    return [...lastOf].some(([other, place]) => other !== family && at - place <= NEAR);
  };
  for (const { 0: lead, index } of plain.matchAll(WORD)) {
    for (const { family, isStrong, pattern } of byLead.get(lead) ?? []) {
      pattern.lastIndex = index + lead.length;
      if (pattern.test(plain) && (isStrong || isSecond(family, index))) return true;
    }
  }
  return false;
}

/** Emphasis, quotes and names with underscores are read as the words they are; lines stay lines. */
function withoutMarkup(text: string): string {
  return text
    .replace(/[*`~"\u201c\u201d\u00ab\u00bb]/g, '')
    .replace(/\u2019/g, "'")
    .replace(/_/g, ' ')
    .replace(/[^\S\n]{2,}|[^\S\n ]/g, ' ')
    .replace(/ ?\n\s*/g, '\n')
    .replace(/(^|\n)[> ]{1,20}/g, '$1');
}
