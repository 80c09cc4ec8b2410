import { existsSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, test } from '@jest/globals';
import {
  chromium,
  type Browser,
  type BrowserContext,
  type BrowserContextOptions,
  type Locator,
  type Page,
} from 'playwright-core';
import type { ScanRequest } from 'interven-openai-assistants';
import { EmbeddedGateway, type PolicyInput, type ScanOrigin } from 'interven-openai-assistants/embedded';
import { createGatewayServer, listenGateway, type GatewayServerOptions } from '../../../src/server.ts';

const USUAL_PLACES = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/usr/bin/google-chrome-stable',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
  'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
  'C:\\Program Files (x86)\\Google\\Chrome\\Application\\chrome.exe',
];

const executablePath = process.env['CHROMIUM_PATH'] ?? USUAL_PLACES.find((path) => existsSync(path));

/** The title of tests in a real browser, with the reason if they are skipped. */
export const inBrowser = (subject: string): string =>
  executablePath === undefined ? `${subject} (skipped: no Chromium found; set CHROMIUM_PATH)` : subject;

export const browserTest = executablePath === undefined ? test.skip : test;

export const TOKENS = { ann: ['ann', 'approves', '0001'].join('-'), bob: ['bob', 'approves', '0002'].join('-') };

const KEY = ['key', 'of', 'the', 'agents', '01'].join('-');
const ALL_REQUIRE_APPROVAL: PolicyInput = { name: 'all', rules: [{ action: 'REQUIRE_APPROVAL' }] };

export interface World {
  readonly gateway: EmbeddedGateway;
  readonly url: string;
  /** Moves the gateway's clock by this many milliseconds. Otherwise it stands still, however slow the machine is. */
  readonly pass: (ms: number) => void;
  /** Scans a call of an agent. Returns the approval's id. */
  readonly ask: (call: Partial<ScanRequest>, origin?: ScanOrigin) => Promise<string>;
  /** Opens the page in a new browser context, signed in unless `as` is null. `at` is the fragment, such as `#ID`. */
  readonly visit: (options?: {
    as?: keyof typeof TOKENS | null;
    at?: string;
    context?: BrowserContextOptions;
  }) => Promise<Page>;
  /** Console errors, thrown errors, CSP violations and requests to other hosts. None is expected. */
  readonly trouble: string[];
}

let browser: Browser | undefined;
const endings: (() => Promise<unknown>)[] = [];

/** Starts the browser once. Each test has its own server. */
export function setUpBrowser(): void {
  beforeAll(async () => {
    if (executablePath === undefined) return;
    // Greyscale text makes smaller pictures.
    const args = ['--disable-lcd-text', ...(process.getuid?.() === 0 ? ['--no-sandbox'] : [])];
    browser = await chromium.launch({ executablePath, args });
  });

  afterEach(async () => {
    for (const end of endings.splice(0).reverse()) await end();
  });

  afterAll(async () => {
    await browser?.close();
  });
}

export async function world({
  policies = ALL_REQUIRE_APPROVAL,
  startAt = Date.now(),
  keepConversation = false,
  runs,
}: {
  policies?: PolicyInput;
  startAt?: number;
  keepConversation?: boolean;
  runs?: GatewayServerOptions['runs'];
} = {}): Promise<World> {
  const trouble: string[] = [];
  let time = startAt;
  const now = (): number => time;
  const gateway = new EmbeddedGateway({ policies, now, ownDomains: ['acme.com'], keepConversation });
  const approvers = Object.entries(TOKENS).map(([name, token]) => ({ name, token }));
  const server = createGatewayServer({ gateway, keys: [KEY], approvers, now, runs });
  const listening = await listenGateway(server, { port: 0 });
  const { url } = listening;
  endings.push(async () => listening.close());
  return {
    gateway,
    url,
    trouble,
    pass: (ms) => {
      time += ms;
    },
    ask: async ({ functionName = 'delete_file', ...call }, origin) => {
      const request = {
        functionName,
        method: 'POST',
        url: 'https://api.acme.com/tools',
        isTargetDeclared: true,
        body: { path: '/srv/reports' },
        runtimeType: 'openai_assistants',
        agentName: 'Office helper',
        ...call,
      };
      const decision = await gateway.scan(request, origin);
      return decision.decision === 'REQUIRE_APPROVAL' ? (decision.approvalId ?? '') : '';
    },
    visit: async ({ as = 'ann', at = '', context = {} } = {}) => {
      if (!browser) throw new Error('The browser is not running.');
      const own = await browser.newContext(context);
      endings.push(async () => own.close());
      await watch(own, url, trouble);
      const page = await own.newPage();
      await page.goto(`${url}/${at}`);
      if (as !== null) await signIn(page, TOKENS[as]);
      return page;
    },
  };
}

export async function signIn(page: Page, token: string): Promise<void> {
  await page.getByLabel('Approver token').fill(token);
  await page.getByRole('button', { name: 'Sign in' }).click();
}

async function watch(context: BrowserContext, url: string, trouble: string[]): Promise<void> {
  // Much longer than it takes.
  context.setDefaultTimeout(30_000);
  context.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) trouble.push(message.text());
  });
  context.on('weberror', (error) => trouble.push(String(error.error())));
  context.on('dialog', (dialog) => {
    trouble.push(`dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  context.on('request', (request) => {
    const isOwn = request.url().startsWith(`${url}/`) || request.url().startsWith('data:image/svg+xml,');
    if (!isOwn) trouble.push(`request: ${request.url()}`);
  });
  await context.exposeBinding('tellViolation', (_, directive: string) => trouble.push(`violates ${directive}`));
  await context.addInitScript(
    `addEventListener('securitypolicyviolation', (event) => tellViolation(event.violatedDirective));`,
  );
}

/** The card of a pending call that contains the text. */
export function cardOf(page: Page, text: string): Locator {
  return page.getByRole('article').filter({ hasText: text });
}

/** Approves as an approver does, with two presses. */
export async function approve(card: Locator): Promise<void> {
  await card.getByRole('button', { name: 'Approve' }).click();
  await pressAgain(card.getByRole('button', { name: 'Press again to approve' }));
}

/** Presses until the button is gone, because the page ignores a press that follows the first one too soon. */
export async function pressAgain(
  button: Locator,
  press = async (): Promise<unknown> => button.click({ timeout: 1_000 }).catch(() => undefined),
): Promise<void> {
  while (await button.isVisible()) {
    await press();
    // The browser needs a processor, too.
    await sleep(50);
  }
}

/** Waits until a matching element has the expected text. */
export async function expectText(found: Locator, expected: string | RegExp): Promise<void> {
  await found.filter({ hasText: expected }).first().waitFor();
}

export async function expectTitle(page: Page, title: string): Promise<void> {
  // Playwright cannot wait for a title, and the page's policy forbids evaluating a script that would.
  while ((await page.title()) !== title) await sleep(20);
}
