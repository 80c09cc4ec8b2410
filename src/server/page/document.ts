import { escapeHtml } from './escape-html.ts';

/** A shield with a tick, as `data:` because the page loads nothing from elsewhere. */
const ICON_SHAPES =
  '<path d="M16 3 27 7v8c0 7-4.5 11.5-11 14C9.5 26.5 5 22 5 15V7z" fill="#1d5bbf"/>' +
  '<path d="m11 15.5 3.6 3.6L21.5 12" fill="none" stroke="#fff" stroke-width="2.8"/>';

const ICON = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32">${ICON_SHAPES}</svg>`;

/** The same shapes inside a page. */
export const BRAND: string = `<span class="brand"><svg viewBox="0 0 32 32" aria-hidden="true">${ICON_SHAPES}</svg>Interven <span class="brand-part">approvals</span></span>`;

/** @param head and `body` are HTML, `title` is text */
export function htmlDocument({ title, head, body }: { title: string; head: string; body: string }): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${escapeHtml(title)}</title>
<link rel="icon" href="data:image/svg+xml,${encodeURIComponent(ICON)}">
<link rel="stylesheet" href="/page.css">
<link rel="stylesheet" href="/controls.css">
${head}
</head>
${body}
</html>
`;
}
