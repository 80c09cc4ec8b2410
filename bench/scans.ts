/** What a scan of the embedded gateway costs, with everything switched on: policies, detection, provenance. */
import { agentSafety, EmbeddedGateway, starterPolicies } from 'interven-openai-assistants/embedded';
import type { Conversation, ScanRequest } from 'interven-openai-assistants';
import { MAIL, naturalTexts, textOf } from './texts.ts';

const KB = 1024;
const gateway = new EmbeddedGateway({ policies: [...starterPolicies, agentSafety], ownDomains: ['example.com'] });
const conversation: Conversation = {
  userMessages: ['Please send the minutes to Ann and Bob.'],
  toolOutputs: [{ functionName: 'read_inbox', output: MAIL.repeat(20) }],
};

/** A body as honest calls have them: a few short fields and one text. */
function businessBody(bytes: number): object {
  return { to: ['ann@example.com'], subject: 'Minutes', urgent: false, text: textOf(MAIL, bytes) };
}

/** What is written to keep a scanner busy. Each is 256 KB. */
const HOSTILE: Readonly<Record<string, () => unknown>> = {
  'letters without an end': () => ({ text: textOf('a', 256 * KB) }),
  spaces: () => ({ text: textOf(' ', 256 * KB) }),
  digits: () => ({ text: textOf('4111 1111 1111 1112 ', 256 * KB) }),
  'telephone numbers': () => ({ text: textOf('+49 30 901821 ', 256 * KB) }),
  'addresses begun': () => ({ text: textOf('a@a.', 256 * KB) }),
  'IP addresses begun': () => ({ text: textOf('1.1.1.', 256 * KB) }),
  'keys begun': () => ({ text: textOf('-----BEGIN PRIVATE KEY-----\n', 256 * KB) }),
  'passwords begun': () => ({ text: textOf('password= ', 256 * KB) }),
  'tokens begun': () => ({ text: textOf('eyJ.sk-ghp_xoxb-AKIA', 256 * KB) }),
  'percent signs': () => ({ text: textOf('%25', 256 * KB) }),
  'base64 in pieces': () => ({ text: textOf(`${Buffer.from('nothing to see').toString('base64')} `, 256 * KB) }),
  'full width': () => ({ text: textOf('ａ１＠', 85 * KB) }),
  'zero width': () => ({ text: textOf('a\u200b', 128 * KB) }),
  'JSON in JSON': () => ({ text: JSON.stringify({ text: JSON.stringify({ text: textOf('{"a":', 120 * KB) }) }) }),
  'many fields': () => Object.fromEntries(Array.from({ length: 16_000 }, (_, n) => [`field_${n}`, n])),
  'many items': () => ({ items: Array.from({ length: 60_000 }, () => 'ab') }),
  'many secrets': () => ({ text: textOf(`ghp_${'a1B2'.repeat(9)} `, 256 * KB) }),
  'escapes begun': () => ({ text: textOf('\\n1', 256 * KB) }),
  'wrapped words': () => ({ text: textOf('a1b2c3d4\n', 256 * KB) }),
  'base64 with names in it': () => ({ text: textOf('12+/RSSMRA85T10A562S+ab/', 256 * KB) }),
  labels: () => ({ text: textOf('order number ', 256 * KB) }),
  'many addresses': () => ({ text: textOf('ann@example.com, ', 256 * KB) }),
};

/** As the runner hands it over. */
function frozen(value: unknown): unknown {
  if (typeof value === 'object' && value !== null) Object.values(Object.freeze(value)).forEach(frozen);
  return value;
}

/** Milliseconds of one scan, the median of as many as fit into half a second, warm. */
async function scanMs(body: unknown): Promise<number> {
  const request: ScanRequest = {
    functionName: 'send_note',
    method: 'POST',
    url: 'https://tools.invalid/send_note',
    body: frozen(body),
    runtimeType: 'openai_assistants',
    conversation,
  };
  const times: number[] = [];
  const until = performance.now() + 1_000;
  while (times.length < 5 || performance.now() < until) {
    const started = performance.now();
    await gateway.scan(request);
    times.push(performance.now() - started);
  }
  const warm = times.slice(Math.floor(times.length / 2)).toSorted((a, b) => a - b);
  return warm[Math.floor(warm.length / 2)] ?? Number.NaN;
}

export async function printScans(): Promise<void> {
  for (const [kilobytes, aim] of [
    [1, 0.2],
    [16, undefined],
    [256, 40],
  ] as const) {
    const ms = await scanMs(businessBody(kilobytes * KB));
    const perSecond = kilobytes === 1 ? `, ${Math.round(1_000 / ms).toLocaleString('en')} a second` : '';
    const wanted = aim === undefined ? '' : ` (aim: ${aim} ms)`;
    console.log(
      `A scan of ${kilobytes} KB by the embedded gateway: ${ms.toFixed(ms < 1 ? 3 : 1)} ms${perSecond}${wanted}`,
    );
  }
  for (const [kind, text] of Object.entries(naturalTexts(256 * KB))) {
    const [short, long] = [await scanMs({ text: text.slice(0, KB) }), await scanMs({ text })];
    console.log(
      `${kind}: ${short.toFixed(3)} ms for 1 KB (aim: 0.1 ms), ${long.toFixed(1)} ms for 256 KB (aim: 40 ms)`,
    );
  }
  const hostile: [string, number][] = [];
  for (const [name, make] of Object.entries(HOSTILE)) hostile.push([name, await scanMs(make())]);
  hostile.sort(([, one], [, other]) => other - one);
  const worst = hostile.slice(0, 3).map(([name, ms]) => `${ms.toFixed(0)} ms (${name})`);
  console.log(`The worst of ${hostile.length} hostile bodies of 256 KB: ${worst.join(', ')} (aim: 200 ms)`);
}
