/** The page's own files, which need no compiling, beside what was compiled. */
import { cpSync } from 'node:fs';
import { extname } from 'node:path';

const copied = ['', '.css', '.js'];
cpSync('src/server/page', 'dist/server/page', { recursive: true, filter: (path) => copied.includes(extname(path)) });
