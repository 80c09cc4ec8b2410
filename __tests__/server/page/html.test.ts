import { describe, expect, test } from '@jest/globals';
import { page } from '../../../src/server/page-html.ts';
import { pageFiles } from '../../../src/server/page-routes.ts';

describe('the HTML of the page', () => {
  test('has no inline script or style, which its policy forbids', () => {
    expect(page()).not.toMatch(/<style| style=| on[a-z]+=|<script(?! type="module" src="\/page\.js"><\/script>)/);
  });

  test('has a username field, as password managers require', () => {
    expect(page()).toMatch(/<input name="username" [^>]*autocomplete="username"[^>]* hidden>/);
  });

  test('and its scripts load only files that exist', () => {
    const files = pageFiles();
    const html = page();
    const loaded = Array.from(html.matchAll(/(?:href|src)="(\/[a-z-]+\.(?:css|js))"/g), ([, path = '']) => path);
    const scripts = [...files].filter(([path]) => path.endsWith('.js'));
    const imported = scripts.flatMap(([, { text }]) =>
      Array.from(text.matchAll(/from '\.([^']+)'/g), ([, path = '']) => path),
    );
    expect(new Set([...loaded, ...imported])).toEqual(new Set(files.keys()));
  });
});
