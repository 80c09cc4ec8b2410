/** Strips the types of a file. `npm run check:types` checks them. */
import { createHash } from 'node:crypto';
import { transformSync, version } from 'esbuild';

const options = {
  loader: 'ts',
  target: 'es2023',
  sourcemap: 'external',
  sourcesContent: false,
  tsconfigRaw: { compilerOptions: { verbatimModuleSyntax: true } },
};
const key = version + JSON.stringify(options);

export default {
  getCacheKey: (text, path) => createHash('sha1').update(`${key}\0${path}\0${text}`).digest('hex'),
  process: (text, path) => transformSync(text, { ...options, sourcefile: path }),
};
