import { Script } from 'node:vm';
import { describe, expect, test } from '@jest/globals';
import { parse } from 'yaml';
import { detect, redact } from '../../../src/embedded/detection/detect.ts';
import { DEFAULT_REGIONS } from '../../../src/embedded/detection/personal/phone.ts';
import { DATA_CLASSES } from '../../../src/embedded/detection/span.ts';

const CARD = '4012888888881881';
const SHOWN = '[REDACTED:CARD]';

function redacted(document: string): string {
  const detection = detect({ document }, { regions: DEFAULT_REGIONS });
  expect(detection.classes.size).toBeGreaterThan(0);
  return (redact(detection, new Set(DATA_CLASSES))?.body as { document: string }).document;
}

describe('a document that parses also parses after redaction', () => {
  test.each(['\n', '\r\n'])('JSON lines that end in %j', (end) => {
    const lines = [`{"card":${CARD},"n":5}`, `{"n": 6, "card" : ${CARD} }`, `{"cards":[${CARD}, ${CARD}]}`].join(end);
    expect(
      redacted(lines)
        .split(end)
        .map((line) => JSON.parse(line) as unknown),
    ).toEqual([{ card: SHOWN, n: 5 }, { n: 6, card: SHOWN }, { cards: [SHOWN, SHOWN] }]);
  });

  test('JSON after a byte order mark, which stays', () => {
    expect(redacted(`\ufeff{"card": ${CARD}, "n": 5}`)).toBe(`\ufeff{"card":"${SHOWN}","n":5}`);
  });

  test('YAML', () => {
    const document = [
      `card: ${CARD}`,
      `phone: 415-555-0132 (home)`,
      'mails:',
      '  - ann@mail.com',
      '  - bob@mail.com is away',
      'note: call 415-555-0132',
      'quoted: "415-555-0132"',
      'password: hunter2!x # old',
    ].join('\n');
    expect(parse(redacted(document))).toEqual({
      card: SHOWN,
      phone: '[REDACTED:PHONE] (home)',
      mails: ['[REDACTED:EMAIL]', '[REDACTED:EMAIL_2] is away'],
      note: 'call [REDACTED:PHONE]',
      quoted: '[REDACTED:PHONE]',
      password: '[REDACTED:PASSWORD]',
    });
  });

  test('code', () => {
    const code = `const card = ${CARD};\nlet other = pay(${CARD}, 5);\nconst both = [${CARD}, "ann@mail.com"];\n// ${CARD}`;
    const result = redacted(code);
    expect(() => new Script(result)).not.toThrow();
    expect(result).toContain(`const card = "${SHOWN}";`);
    expect(result).toContain(`// ${SHOWN}`);
  });

  test.each([
    `if (card === ${CARD}) pay();`,
    `switch (card) { case ${CARD}: pay(); }`,
    `const card = known ? ${CARD} : 2;`,
    `const of = { ${CARD}: 1 };`,
    `const card = (${CARD});`,
    `const next = ${CARD} + 1;`,
    "const card = '4012' + '8888' +\n  '88881881';",
  ])('a number in an expression: %j', (code) => {
    expect(() => new Script(redacted(code))).not.toThrow();
  });

  test.each([
    [`SELECT * FROM paid WHERE card = ${CARD} AND n > 5`, `SELECT * FROM paid WHERE card = "${SHOWN}" AND n > 5`],
    [`INSERT INTO paid VALUES (${CARD}), (5)`, `INSERT INTO paid VALUES ("${SHOWN}"), (5)`],
    ["mail = r'ann@mail.com'", "mail = r'[REDACTED:EMAIL]'"],
    ['<b>4012888888</b><i>881881</i>', `<b>${SHOWN}</b><i>[REDACTED:CARD_2]</i>`],
  ])('%s', (document, expected) => {
    expect(redacted(document)).toBe(expected);
  });

  test('CSV keeps its columns', () => {
    expect(redacted(`id,card,mail\n1,${CARD},ann@mail.com\n`)).toBe(`id,card,mail\n1,"${SHOWN}",[REDACTED:EMAIL]\n`);
  });

  test('and prose gets no quotes', () => {
    expect(redacted(`Her card: ${CARD}, she says. Mail ann@mail.com`)).toBe(
      `Her card: ${SHOWN}, she says. Mail [REDACTED:EMAIL]`,
    );
  });
});
