import { describe, expect, test } from '@jest/globals';
import { approvalsPage, signInPage } from '../../../src/server/page/html.ts';
import { pageFiles } from '../../../src/server/page-routes.ts';

const HOSTILE = `"><script>alert('x')</script>&`;
const ESCAPED = '&quot;&gt;&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;&amp;';

describe('the HTML of the page', () => {
  test('escapes names, tokens and messages', () => {
    for (const html of [signInPage({ message: HOSTILE }), approvalsPage({ name: HOSTILE, csrfToken: HOSTILE })]) {
      expect(html).not.toContain(HOSTILE);
      expect(html).toContain(ESCAPED);
    }
  });

  test('has no inline script or style, which its policy forbids', () => {
    for (const html of [signInPage(), approvalsPage({ name: 'ann', csrfToken: 'token' })]) {
      expect(html).not.toMatch(/<style| style=| on[a-z]+=|<script(?! type="module" src="\/page\.js"><\/script>)/);
    }
  });

  test('has a username field, as password managers require', () => {
    expect(signInPage()).toMatch(/<input name="username" [^>]*autocomplete="username"[^>]* hidden>/);
  });

  test('and its scripts load only files that exist', () => {
    const files = pageFiles();
    const html = signInPage() + approvalsPage({ name: 'ann', csrfToken: 'token' });
    const loaded = Array.from(html.matchAll(/(?:href|src)="(\/[a-z-]+\.(?:css|js))"/g), ([, path = '']) => path);
    const scripts = [...files].filter(([path]) => path.endsWith('.js'));
    const imported = scripts.flatMap(([, { text }]) =>
      Array.from(text.matchAll(/from '\.([^']+)'/g), ([, path = '']) => path),
    );
    expect(new Set([...loaded, ...imported])).toEqual(new Set(files.keys()));
  });
});
