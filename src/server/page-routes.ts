import { checkSameOrigin, type Authenticator } from './authenticate.ts';
import { notFound } from './http-error.ts';
import { readJson, shortString, validate } from './read-request.ts';
import { get, post, type Route } from './router.ts';
import { page } from './page-html.ts';
import type { Sessions } from './sessions.ts';
import { readdirSync, readFileSync } from 'node:fs';
import { z } from 'zod';

/** Small, because the endpoint accepts requests without credentials. */
const MAX_SIGN_IN_BYTES = 4 * 1024;
const signIn = z.strictObject({ token: shortString(MAX_SIGN_IN_BYTES) });

/** Serves the approvals page: its HTML, its files, sign-in and sign-out. */
export function pageRoutes(authenticator: Authenticator, sessions: Sessions): readonly Route[] {
  let files: ReturnType<typeof pageFiles> | undefined;
  return [
    get('/', 'anyone', () => new Response(page(), { headers: { 'content-type': 'text/html; charset=utf-8' } })),
    post('/sign-in', 'anyone', async (context) => {
      const { request } = context;
      checkSameOrigin(context);
      const { token } = validate(signIn, await readJson(request, MAX_SIGN_IN_BYTES));
      const approver = await authenticator.approverOfToken(request, token.trim());
      const { secret, expiresAt } = await sessions.open(approver, token.trim());
      return { session: secret, approver: approver.name, expires_at: new Date(expiresAt).toISOString() };
    }),
    get('/session', 'approver', (_, { name }) => ({ approver: name })),
    post('/sign-out', 'approver', async (_, approver) => {
      await approver.signOut();
      return {};
    }),
    get('/:file{[a-z-]+\\.(?:css|js)}', 'anyone', ({ url }) => {
      files ??= pageFiles();
      const file = files.get(url.pathname);
      if (!file) throw notFound('Not found.');
      return new Response(file.text, { headers: { 'content-type': file.contentType } });
    }),
  ];
}

interface PageFile {
  readonly contentType: string;
  readonly text: string;
}

/** The page's files by path (`/page.js`). They contain no secrets. */
export function pageFiles(): ReadonlyMap<string, PageFile> {
  const folder = new URL('page/', import.meta.url);
  const names = readdirSync(folder).filter((name) => /\.(?:css|js)$/.test(name));
  return new Map(
    names.map((name) => {
      const contentType = `text/${name.endsWith('.css') ? 'css' : 'javascript'}; charset=utf-8`;
      return [`/${name}`, { contentType, text: readFileSync(new URL(name, folder), 'utf8') }];
    }),
  );
}
