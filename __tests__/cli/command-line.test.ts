import { describe, expect, test } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { COMMANDS } from '../../src/cli/run.ts';
import { cli } from './world.ts';

const names = COMMANDS.flatMap((entry) =>
  'commands' in entry ? entry.commands.map(({ name }) => [entry.name, name]) : [[entry.name]],
);
const groups = COMMANDS.filter((entry) => 'commands' in entry).map(({ name }) => [name]);

describe('--help', () => {
  test.each(names)('of %s %s shows usage, options, an example and the exit codes', async (...path) => {
    const words = path.flatMap((word) => (typeof word === 'string' ? word.split(' ') : []));
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

  test('fits into 100 columns, except for examples', async () => {
    for (const name of names) {
      const [text = ''] = (await cli([...name, '--help'])).out.split('Examples:');
      expect(text.split('\n').filter((line) => line.length > 100)).toEqual([]);
    }
  });

  test('goes to stderr without a command, as a usage error', async () => {
    expect(await cli([])).toMatchObject({ code: 2, out: '', err: expect.stringContaining('Usage: ') });
    expect(await cli(['policy'])).toMatchObject({ code: 2, out: '', err: expect.stringContaining('validate FILE…') });
  });

  test('after -- is an operand', async () => {
    expect(await cli(['policy', 'validate', '--', '--help'])).toMatchObject({
      code: 3,
      out: expect.stringContaining('--help: does not exist'),
    });
  });
});

test('--version and -v print the version of the package', async () => {
  const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };
  for (const option of ['--version', '-v']) {
    expect(await cli([option])).toEqual({ code: 0, out: `${version}\n`, err: '' });
  }
});

describe('a usage error has exit code 2, a message and a hint at --help', () => {
  test.each([
    [['gatway'], 'Unknown command "gatway". Did you mean "gateway"?'],
    [['frobnicate'], 'Unknown command "frobnicate". Commands: demo, gateway, '],
    [['constructor'], 'Unknown command "constructor". Commands: '],
    [['approve', 'id'], 'Unknown command "approve". Did you mean "approvals approve"?'],
    [['aprove', '--help'], 'Unknown command "aprove". Did you mean "approvals approve"?'],
    [['validate'], 'Unknown command "validate". Did you mean "policy validate"?'],
    [['policy', 'tst'], 'Unknown command "tst". Did you mean "test"?'],
    [['--port', '4'], '--port belongs after a command: "gateway".'],
    [['--prot', '4'], 'Unknown option --prot. Did you mean --port? It belongs after a command: "gateway".'],
    [['--versoin'], 'Unknown option --versoin. Did you mean --version?'],
    [['-x'], 'Unknown option -x.'],
    [['--frobnicate=secret'], 'Unknown option --frobnicate.'],
    [['runs', '--journal', 'j'], '--journal belongs after a command: "runs list", "runs show", '],
    [['gateway', '--prot', '4'], 'Unknown option --prot. Did you mean --port?'],
    [['gateway', '--polices', 'p'], 'Unknown option --polices. Did you mean --policies?'],
    [['gateway', '--toString'], 'Unknown option --toString.'],
    [['gateway', '-x'], 'Unknown option -x.'],
    [['gateway', '--port'], '--port needs a value: PORT.'],
    [['gateway', '--port='], '--port needs a value: PORT.'],
    [['gateway', '--port', '--host', 'h'], '--port needs a value: PORT. Write a value'],
    [['gateway', '--port', '1', '--port', '2'], '--port was given more than once.'],
    [['gateway', '--record-arguments=yes'], '--record-arguments takes no value.'],
    [['gateway', 'policies'], 'Unexpected argument "policies". This command takes no arguments.'],
    [['gateway', '--port', '4k'], '--port is "4k". It must be an integer from 0 to 65535.'],
    [['gateway', '--port', '65536'], '--port is "65536"'],
    [['gateway', '--port', '0', '--region', 'US,UK'], 'Unknown country --region UK. Use an ISO code such as GB.'],
    [['gateway', '--record-arguments'], '--record-arguments requires an audit log.'],
    [['policy', 'validate'], 'Missing argument FILE.'],
    [['policy', 'test', 'p.yaml'], 'Missing --calls'],
    [['approvals', 'approve'], 'Missing argument ID.'],
    [['approvals', 'approve', 'a', 'b'], 'Unexpected argument "b".'],
  ])('%j', async (args, words) => {
    const { code, out, err } = await cli(args);
    expect([code, out]).toEqual([2, '']);
    expect(err).toContain(`: ${words}`);
    expect(err).toMatch(/\nRun ".* --help" for usage\.\n$/);
    expect(err).not.toContain('    at ');
  });

  test.each([
    [['approvals', 'list'], '--token', 'INTERVEN_APPROVER_TOKEN'],
    [['approvals', 'approve', 'id'], '--token', 'INTERVEN_APPROVER_TOKEN'],
    [['scan'], '--api-key', 'INTERVEN_API_KEY'],
    [['gateway'], '--keys', 'INTERVEN_GATEWAY_KEYS'],
  ])(
    '%j refuses a secret in %s, names the environment variable and does not repeat it',
    async (args, option, variable) => {
      for (const given of [[option, 'hunter2hunter2'], [`${option}=hunter2hunter2`]]) {
        const { code, err } = await cli([...args, ...given]);
        expect(code).toBe(2);
        expect(err).toContain('other users of this machine see arguments');
        expect(err).toContain(variable);
        expect(err).not.toContain('hunter2');
      }
    },
  );

  test('prints the stack trace with --debug', async () => {
    expect((await cli(['gateway', '--port', 'x', '--debug'])).err).toContain('    at ');
  });

  test('escapes control characters of the input', async () => {
    expect((await cli(['\u001b[2J'])).err).toContain('"\\u001b[2J"');
  });
});
