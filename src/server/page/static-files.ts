import { readFileSync } from 'node:fs';

export interface PageFile {
  readonly contentType: string;
  readonly text: string;
}

const FILES = [
  'page.css',
  'controls.css',
  'card.css',
  'values.css',
  'records.css',
  'sign-in.css',
  'page.js',
  'connection.js',
  'card.js',
  'call.js',
  'calls.js',
  'records.js',
  'decided.js',
  'keys.js',
  'values.js',
  'unseen.js',
  'elements.js',
  'times.js',
] as const;

const CONTENT_TYPES: Record<string, string> = {
  css: 'text/css; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
};

/** What the page loads, by path (`/page.js`), read from the files beside this one. They hold nothing that is secret. */
export function pageFiles(): ReadonlyMap<string, PageFile> {
  return new Map(
    FILES.map((file) => [
      `/${file}`,
      {
        contentType: CONTENT_TYPES[file.slice(file.lastIndexOf('.') + 1)] ?? 'text/plain',
        text: readFileSync(new URL(file, import.meta.url), 'utf8'),
      },
    ]),
  );
}
