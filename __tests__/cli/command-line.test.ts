import { describe, expect, test } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { COMMANDS } from '../../src/cli/run.ts';
import { cli } from './world.ts';

const names = COMMANDS.flatMap((entry) =>
  'commands' in entry ? entry.commands.map(({ name }) => [entry.name, name]) : [[entry.name]],
);
const groups = COMMANDS.filter((entry) => 'commands' in entry).map(({ name }) => [name]);

describe('--help', () => {
  test.each(names)('of %s %s tells usage, options, an example and the exit codes', async (...path) => {
    const words = path.filter((word) => typeof word === 'string');
    const { code, out, err } = await cli([...words, '--help']);
    expect([code, err]).toEqual([0, '']);
    expect(out).toContain(`Usage: interven-openai-assistants ${words.join(' ')}`);
    for (const part of ['--json', '--debug', 'Examples:', 'Exit codes:']) expect(out).toContain(part);
    expect(await cli([...words, '-h'])).toEqual({ code, out, err });
    expect(await cli(['help', ...words])).toEqual({ code, out, err });
  });

  test.each([[], ...groups])('of %s lists the commands', async (...path) => {
    const words = path.filter((word) => typeof word === 'string');
    const { code, out } = await cli([...words, '--help']);
    expect(code).toBe(0);
    const within = names.filter(([first]) => words.length === 0 || first === words[0]);
    for (const name of within) expect(out).toContain(name.slice(words.length).join(' '));
    expect(out).toContain('Exit codes:');
  });

  test('has no line that a narrow terminal breaks, but for examples', async () => {
    for (const name of names) {
      const [text = ''] = (await cli([...name, '--help'])).out.split('Examples:');
      expect(text.split('\n').filter((line) => line.length > 100)).toEqual([]);
    }
  });

  test('is told on stderr when nothing was asked for, as wrong usage', async () => {
    expect(await cli([])).toMatchObject({ code: 2, out: '', err: expect.stringContaining('Usage: ') });
    expect(await cli(['policy'])).toMatchObject({ code: 2, out: '', err: expect.stringContaining('validate FILE…') });
  });

  test('after -- is no option', async () => {
    expect(await cli(['policy', 'validate', '--', '--help'])).toMatchObject({
      code: 3,
      out: expect.stringContaining('--help: does not exist'),
    });
  });
});

test('--version is the package’s', async () => {
  const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };
  expect(await cli(['--version'])).toEqual({ code: 0, out: `${version}\n`, err: '' });
});

describe('wrong usage is exit code 2, one sentence, and where to read more', () => {
  test.each([
    [['gatway'], 'There is no command "gatway"; did you mean gateway?'],
    [['frobnicate'], 'There is no command "frobnicate"; there are gateway, policy, approvals, runs, scan.'],
    [['constructor'], 'There is no command "constructor"; there are'],
    [['approve', 'id'], 'There is no command "approve"; did you mean approvals approve?'],
    [['aprove', '--help'], 'There is no command "aprove"; did you mean approvals approve?'],
    [['validate'], 'There is no command "validate"; did you mean policy validate?'],
    [['policy', 'tst'], 'There is no command "tst"; did you mean test?'],
    [['--port', '4'], '--port must stand after a command.'],
    [['gateway', '--polices', 'p'], 'There is no option --polices; did you mean --policies?'],
    [['gateway', '--toString'], 'There is no option --toString.'],
    [['gateway', '-x'], 'There is no option -x.'],
    [['gateway', '--port'], '--port needs PORT after it.'],
    [['gateway', '--port='], '--port needs PORT after it.'],
    [['gateway', '--port', '--host', 'h'], '--port needs PORT after it;'],
    [['gateway', '--port', '1', '--port', '2'], '--port stands there twice'],
    [['gateway', '--record-arguments=yes'], '--record-arguments is a switch'],
    [['gateway', 'policies'], '"policies" is one argument too many; it takes none.'],
    [['gateway', '--port', '4k'], '--port is "4k"; it must be a number from 0 to 65535.'],
    [['gateway', '--port', '65536'], '--port is "65536"'],
    [['gateway', '--port', '0', '--region', 'US,UK'], '--region UK is no country; write its ISO code, such as GB.'],
    [['gateway', '--record-arguments'], '--record-arguments has nowhere to record them'],
    [['policy', 'validate'], 'FILE is missing.'],
    [['policy', 'test', 'p.yaml'], '--calls is missing'],
    [['approvals', 'approve'], 'ID is missing.'],
    [['approvals', 'approve', 'a', 'b'], '"b" is one argument too many.'],
  ])('%j', async (args, words) => {
    const { code, out, err } = await cli(args);
    expect([code, out]).toEqual([2, '']);
    expect(err).toContain(`: ${words}`);
    expect(err).toMatch(/ --help tells how it is used\.\n$/);
    expect(err).not.toContain('    at ');
  });

  test.each([
    [['approvals', 'list'], '--token', 'INTERVEN_APPROVER_TOKEN'],
    [['approvals', 'approve', 'id'], '--token', 'INTERVEN_APPROVER_TOKEN'],
    [['scan'], '--api-key', 'INTERVEN_API_KEY'],
    [['gateway'], '--keys', 'INTERVEN_GATEWAY_KEYS'],
  ])('%j takes no secret as %s, says where it belongs, and repeats nothing of it', async (args, option, variable) => {
    for (const given of [[option, 'hunter2hunter2'], [`${option}=hunter2hunter2`]]) {
      const { code, err } = await cli([...args, ...given]);
      expect(code).toBe(2);
      expect(err).toContain('other users of this machine see arguments');
      expect(err).toContain(variable);
      expect(err).not.toContain('hunter2');
    }
  });

  test('shows the place in the program with --debug', async () => {
    expect((await cli(['gateway', '--port', 'x', '--debug'])).err).toContain('    at ');
  });

  test('shows what was typed with its control characters visible', async () => {
    expect((await cli(['\u001b[2J'])).err).toContain('"\\u001b[2J"');
  });
});
