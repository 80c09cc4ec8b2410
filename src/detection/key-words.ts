import { keptByKey } from './kept-by-key.ts';

/** The words of a field's name, in lower case: `clientSecret`, `client-secret` and `CLIENT_SECRET` are the same two. */
export const keyWords: (key: string) => readonly string[] = keptByKey((key): readonly string[] =>
  key
    .slice(0, 200)
    .normalize('NFKC')
    .replace(/([a-z0-9])([A-Z])/g, '$1 $2')
    .replace(/([A-Z])([A-Z][a-z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^\p{L}\p{Nd}]+/u)
    .filter((word) => word !== ''),
);
