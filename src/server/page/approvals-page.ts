import { BRAND, htmlDocument } from './document.ts';
import { escapeHtml } from './escape-html.ts';

/**
 * The page where approvers decide, as HTML; `page.js` fills it.
 *
 * @param name of the approver who is signed in
 * @param csrfToken of the approver's session
 */
export function approvalsPage({ name, csrfToken }: { name: string; csrfToken: string }): string {
  return htmlDocument({
    title: 'Interven approvals',
    head: `<meta name="csrf-token" content="${escapeHtml(csrfToken)}">
<meta name="approver" content="${escapeHtml(name)}">
<link rel="stylesheet" href="/card.css">
<link rel="stylesheet" href="/values.css">
<link rel="stylesheet" href="/records.css">
<script type="module" src="/page.js"></script>`,
    body: `<body>
<a class="skip" href="#pending">Skip to what waits for you</a>
<header class="top">
${BRAND}
<p class="connection" id="connection" role="status" data-state="connecting">Connecting…</p>
<form class="signed-in" method="post" action="/sign-out" id="sign-out">
<span>Signed in as <strong>${escapeHtml(name)}</strong></span>
<button type="submit" class="quiet">Sign out</button>
</form>
</header>
<noscript><p class="failure">This page needs JavaScript to show what waits for you.</p></noscript>
<p class="failure" id="trouble" role="alert" hidden></p>
<main>
<h1 class="unseen">Approvals</h1>
<section aria-labelledby="pending">
<div class="section-head">
<h2 id="pending" tabindex="-1">Waiting for you <span class="count" id="pending-count"></span></h2>
<p class="legend">Keys: <kbd>j</kbd> <kbd>k</kbd> next, previous; in a card <kbd>a</kbd> <kbd>a</kbd> approve, <kbd>d</kbd> <kbd>d</kbd> deny, <kbd>n</kbd> note, <kbd>r</kbd> reveal</p>
</div>
<div id="cards"></div>
<p class="empty" id="no-cards" hidden>Nothing waits for you. A call that needs a person appears here by itself.</p>
</section>
<section aria-labelledby="decided">
<h2 id="decided">Decided by people</h2>
<ul class="records" id="decided-list"></ul>
<p class="empty" id="no-decided" hidden>Nobody has decided anything lately.</p>
</section>
<section aria-labelledby="decisions">
<div class="section-head">
<h2 id="decisions">Recent decisions of the gateway</h2>
<p class="shown" id="decisions-shown" role="status"></p>
</div>
<div class="filters">
<div class="choices" id="decision-filter" role="group" aria-label="Decision"></div>
<label>Tool <select id="tool-filter"><option value="">All tools</option></select></label>
<label>Search <input id="text-filter" type="search" autocomplete="off" spellcheck="false" placeholder="agent, rule, reason…"></label>
</div>
<ul class="records" id="decision-list"></ul>
<p class="empty" id="no-decisions" hidden>No such decision.</p>
</section>
</main>
<p class="unseen" id="announcements" aria-live="polite"></p>
</body>`,
  });
}
