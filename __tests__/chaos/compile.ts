import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import ts from 'typescript';

const IMPORTED = /^(?:import|export)\s[^;]*?from\s+'(\.[^']+)'/gms;

/**
 * Compiles a module of this project and the project's modules that it imports, without a type check, so that plain Node
 * can start it.
 *
 * @param folder an empty folder; receives the same tree
 * @returns the path of the compiled module
 */
export function compile(root: string, entry: string, folder: string): string {
  const seen = new Set<string>();
  const compiled = (path: string): string => join(folder, relative(root, path).replace(/\.ts$/, '.js'));
  const visit = (path: string): void => {
    if (seen.has(path)) return;
    seen.add(path);
    const text = readFileSync(path, 'utf8');
    const { outputText } = ts.transpileModule(text, {
      compilerOptions: {
        target: ts.ScriptTarget.ES2023,
        module: ts.ModuleKind.ESNext,
        verbatimModuleSyntax: true,
        rewriteRelativeImportExtensions: true,
      },
    });
    mkdirSync(dirname(compiled(path)), { recursive: true });
    writeFileSync(compiled(path), outputText);
    for (const [statement, from = ''] of text.matchAll(IMPORTED)) {
      if (!/^(?:import|export) type /.test(statement)) visit(resolve(dirname(path), from));
    }
  };
  visit(resolve(root, entry));
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
  return compiled(resolve(root, entry));
}
