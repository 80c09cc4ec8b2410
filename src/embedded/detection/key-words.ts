import { keptByKey } from './kept-by-key.ts';

// As many as one body of 256 KB can have and still be read: each name is asked about several times.
const MOST_NAMES = 20_000;
const PLAIN = /^[a-z\d]+(?:_[a-z\d]+)*$/;

/** The words of a field's name, in lower case: `clientSecret`, `client-secret` and `CLIENT_SECRET` are the same two. */
export const keyWords: (key: string) => readonly string[] = keptByKey((key): readonly string[] => {
  // As most names are written.
  if (key.length <= 200 && PLAIN.test(key)) return key.split('_');
  return key
    .slice(0, 200)
    .normalize('NFKC')
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .replace(/([A-Z])([A-Z][a-z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^\p{L}\p{Nd}]+/u)
    .filter((word) => word !== '');
}, MOST_NAMES);
