import { checkSameOrigin, type Authenticator } from './authenticate.ts';
import { notFound } from './http-error.ts';
import { readJson, shortString, validate } from './read-request.ts';
import type { Route } from './router.ts';
import { page } from './page/html.ts';
import type { Sessions } from './sessions.ts';
import { readFileSync } from 'node:fs';
import { z } from 'zod';

/** Small, because the endpoint accepts requests without credentials. */
const MAX_SIGN_IN_BYTES = 4 * 1024;
const signIn = z.strictObject({ token: shortString(MAX_SIGN_IN_BYTES) });

/** Serves the approvals page: its HTML, its files, sign-in and sign-out. */
export function pageRoutes(authenticator: Authenticator, sessions: Sessions): readonly Route[] {
  let files: ReturnType<typeof pageFiles> | undefined;
  return [
    {
      method: 'GET',
      path: '/',
      role: 'anyone',
      serve: () => new Response(page(), { headers: { 'content-type': 'text/html; charset=utf-8' } }),
    },
    {
      method: 'POST',
      path: '/sign-in',
      role: 'anyone',
      async serve(context) {
        const { request } = context;
        checkSameOrigin(context);
        const { token } = validate(signIn, await readJson(request, MAX_SIGN_IN_BYTES));
        const approver = await authenticator.approverOfToken(request, token.trim());
        const { secret, expiresAt } = await sessions.open(approver, token.trim());
        return { session: secret, approver: approver.name, expires_at: new Date(expiresAt).toISOString() };
      },
    },
    { method: 'GET', path: '/session', role: 'approver', serve: (_, { name }) => ({ approver: name }) },
    {
      method: 'POST',
      path: '/sign-out',
      role: 'approver',
      async serve(_, approver) {
        await approver.signOut();
        return {};
      },
    },
    {
      method: 'GET',
      path: '/:file{[a-z-]+\\.(?:css|js)}',
      role: 'anyone',
      serve({ url }) {
        files ??= pageFiles();
        const file = files.get(url.pathname);
        if (!file) throw notFound('Not found.');
        return new Response(file.text, { headers: { 'content-type': file.contentType } });
      },
    },
  ];
}

export interface PageFile {
  readonly contentType: string;
  readonly text: string;
}

const FILES = [
  'page.css',
  'controls.css',
  'list.css',
  'card.css',
  'values.css',
  'records.css',
  'runs.css',
  'sign-in.css',
  'page.js',
  'session.js',
  'notify.js',
  'connection.js',
  'pending.js',
  'list.js',
  'bulk.js',
  'link.js',
  'card.js',
  'body.js',
  'decision.js',
  'call.js',
  'why.js',
  'clip.js',
  'records.js',
  'runs.js',
  'run.js',
  'decided.js',
  'edit.js',
  'explain.js',
  'freeze.js',
  'grants.js',
  'keys.js',
  'values.js',
  'elements.js',
  'times.js',
] as const;

const CONTENT_TYPES: Record<string, string> = {
  css: 'text/css; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
};

/** The page's files by path (`/page.js`). They contain no secrets. */
export function pageFiles(): ReadonlyMap<string, PageFile> {
  return new Map(
    FILES.map((file) => [
      `/${file}`,
      {
        contentType: CONTENT_TYPES[file.slice(file.lastIndexOf('.') + 1)] ?? 'text/plain',
        text: readFileSync(new URL(`page/${file}`, import.meta.url), 'utf8'),
      },
    ]),
  );
}
