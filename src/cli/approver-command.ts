import { createApprovalsClient, type ApprovalsClient } from './approvals-client.ts';
import { command, type Command, type CommandOptions, type ParsedArgs } from './command.ts';

const URL_OPTION = {
  url: {
    type: 'string',
    value: 'URL',
    description: 'the gateway’s address (default: INTERVEN_GATEWAY_URL, else http://127.0.0.1:4000)',
  },
} as const satisfies CommandOptions;

interface ApproverCommand<Options extends CommandOptions> extends Omit<Command<Options>, 'run'> {
  /**
   * Resolves with the result for --json, and with the text for people.
   *
   * @param connect throws a CommandError without a token, and for an invalid address
   */
  run(given: ParsedArgs<Options>, connect: () => ApprovalsClient): Promise<readonly [result: object, text: string]>;
}

/** Creates a command of an approver: it asks the gateway at --url, with the token of the environment. */
export function approverCommand<const Options extends CommandOptions>(definition: ApproverCommand<Options>): Command {
  return command({
    ...definition,
    options: { ...definition.options, ...URL_OPTION },
    environment: {
      INTERVEN_APPROVER_TOKEN: 'the approver’s token; no option, since other users of a machine see arguments',
      INTERVEN_GATEWAY_URL: 'the gateway’s address',
    },
    refused: {
      token:
        'other users of this machine see arguments, and the shell keeps them. Put the token into INTERVEN_APPROVER_TOKEN, and have this one replaced.',
    },
    async run(given, io) {
      const { url } = given.values as { readonly url?: string };
      const [result, text] = await definition.run(given, () => createApprovalsClient(url, io));
      io.write(given.json ? `${JSON.stringify(result)}\n` : text);
      return 0;
    },
  });
}
