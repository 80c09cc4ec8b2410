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
  'different items': () => ({ items: Array.from({ length: 30_000 }, (_, n) => `ab${n}`) }),
  'different addresses': () => ({ to: Array.from({ length: 10_000 }, (_, n) => `p${n}@h${n}.example`) }),
  'names and texts': () => Object.fromEntries(Array.from({ length: 9_000 }, (_, n) => [`user_id${n}`, `meeting ${n}`])),
  'a list in a text': () => ({ to: Array.from({ length: 16_000 }, (_, n) => `item ${n}`).join(', ') }),
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

function requestOf(body: unknown, said: Conversation): ScanRequest {
  return {
    functionName: 'send_note',
    method: 'POST',
    url: 'https://tools.invalid/send_note',
    body: frozen(body),
    runtimeType: 'openai_assistants',
    conversation: said,
  };
}

function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000;
}

/** Scans that are measured together, because one may be shorter than the clock is exact. */
const SCANS = 20;

/** Milliseconds of CPU of one scan of a body that is new each time, the best of a second of CPU. */
async function scanMs(body: unknown): Promise<number> {
  const json = JSON.stringify(body);
  const count = json.length < 4 * KB ? SCANS : 1;
  let best = Infinity;
  const until = cpuMs() + 1_000;
  for (let round = 0; round < 5 || cpuMs() < until; round += 1) {
    const requests = Array.from({ length: count }, () => requestOf(JSON.parse(json), conversation));
    const started = cpuMs();
    for (const request of requests) await gateway.scan(request);
    best = Math.min(best, (cpuMs() - started) / count);
  }
  return best;
}

const OUTPUTS = 50;
const BODY = { to: ['ann@example.org'], amount: 300, text: 'The minutes are at https://example.net/t/1?a=b' };

/** CPU milliseconds of the first scan in a conversation, and of the longest time for which it lets no other work run. */
async function firstScanMs(
  text: string,
  outputs: number,
): Promise<{ readonly total: number; readonly longest: number }> {
  const size = Math.ceil(text.length / outputs);
  const best = { total: Infinity, longest: Infinity };
  for (let round = 0; round < 8; round += 1) {
    const toolOutputs = Array.from({ length: outputs }, (_, index) => ({
      functionName: `read_${index}`,
      // No output has been read before.
      output: Buffer.from(`${round}.${index} ${text.slice(index * size, (index + 1) * size)}`).toString(),
    }));
    let [longest, last, isScanning] = [0, cpuMs(), true];
    const tick = (): void => {
      const now = cpuMs();
      [longest, last] = [Math.max(longest, now - last), now];
      if (isScanning) setImmediate(tick);
    };
    setImmediate(tick);
    const started = cpuMs();
    await gateway.scan(requestOf(BODY, { userMessages: conversation.userMessages, toolOutputs }));
    best.total = Math.min(best.total, cpuMs() - started);
    isScanning = false;
    await new Promise(setImmediate);
    best.longest = Math.min(best.longest, longest);
  }
  return best;
}

export async function printScans(): Promise<void> {
  for (const [kilobytes, aim] of [
    [1, 0.3],
    [16, undefined],
    [256, 60],
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
      `${kind}: ${short.toFixed(3)} ms for 1 KB (aim: 0.3 ms), ${long.toFixed(1)} ms for 256 KB (aim: 60 ms)`,
    );
  }
  for (const [kind, text] of Object.entries(naturalTexts(2_000_000))) {
    for (const outputs of [OUTPUTS, 1]) {
      const { total, longest } = await firstScanMs(text, outputs);
      console.log(
        `The first scan in a conversation of 2 MB (${outputs} outputs), ${kind}: ${total.toFixed(0)} ms of CPU (aim: 100 ms), at most ${longest.toFixed(0)} ms at a time (aim: 20 ms)`,
      );
    }
  }
  const hostile: [string, number][] = [];
  for (const [name, make] of Object.entries(HOSTILE)) hostile.push([name, await scanMs(make())]);
  hostile.sort(([, one], [, other]) => other - one);
  const worst = hostile.slice(0, 3).map(([name, ms]) => `${ms.toFixed(0)} ms (${name})`);
  console.log(`The worst of ${hostile.length} hostile bodies of 256 KB: ${worst.join(', ')} (aim: 200 ms)`);
}
