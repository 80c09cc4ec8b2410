import { decodeRuns } from './encoded-runs.ts';
import { normalise } from './normalise.ts';
import { unescapeText } from './unescape.ts';

const MAX_DECODED = 3;

/** Lists what a text means to a receiver that decodes it: escapes, references and encoded runs, up to three deep. */
export function decodedForms(text: string): readonly string[] {
  const found = new Set<string>();
  let open: readonly string[] = [normalise(text)];
  for (let depth = 0; depth < MAX_DECODED && open.length > 0; depth += 1) {
    open = open.flatMap(decodedOnce).filter((each) => !found.has(each));
    for (const each of open) found.add(each);
  }
  return [...found];
}

function decodedOnce(text: string): readonly string[] {
  const forms = [unescapeText(text)?.text, ...decodeRuns(text).map((decoded) => decoded.text)];
  return forms.filter((form) => form !== undefined);
}
