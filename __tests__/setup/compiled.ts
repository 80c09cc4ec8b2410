import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { extname, join, resolve } from 'node:path';

/**
 * Compiles `src` and `examples` once, so that each process of a test file starts in 0.3 s and not in 3 s.
 *
 * @returns the folder, which has the same tree; the package's own name resolves to its `src`
 */
export function compileProject(): string {
  const root = resolve('.');
  const folder = mkdtempSync(join(tmpdir(), 'compiled-'));
  const compilerOptions = {
    noEmit: false,
    noCheck: true,
    rewriteRelativeImportExtensions: true,
    rootDir: root,
    outDir: folder,
    typeRoots: [join(root, 'node_modules/@types')],
  };
  const include = [join(root, 'src'), join(root, 'examples')];
  const config = { extends: join(root, 'tsconfig.json'), compilerOptions, include };
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(config));
  const manifest = readFileSync('package.json', 'utf8').replaceAll(/"(\.\/src\/\S+)\.ts"/g, '"$1.js"');
  writeFileSync(join(folder, 'package.json'), manifest);
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
  execFileSync('node', ['node_modules/typescript7/bin/tsc', '-p', folder]);
  const filter = (path: string): boolean => extname(path) !== '.ts';
  for (const part of ['src', 'examples']) cpSync(part, join(folder, part), { recursive: true, filter });
  return folder;
}

export function removeProject(folder: string): void {
  rmSync(folder, { recursive: true, force: true });
}
