import { describe, expect, test } from '@jest/globals';
import { IntervenGateway, type Conversation } from 'interven-openai-assistants';
import { agentSafety } from 'interven-openai-assistants/embedded';
import { KEY, serving } from './serving.ts';

const IBAN = 'DE89 3704 0044 0532 0130 00';
const KB = 1024;
const mail = { functionName: 'read_mail', output: `Our account is ${IBAN}.` };
const page = (length: number) => ({ functionName: 'read_page', output: 'An ordinary page. '.repeat(length / 18) });
const pay = { iban: IBAN.replaceAll(' ', ''), euros: 500 };

/** The decision on a transfer, by a gateway server. */
async function decide(conversation: Conversation, body: object = pay) {
  const { server } = serving({}, { policies: agentSafety });
  const gateway = new IntervenGateway({
    apiKey: KEY,
    gatewayUrl: 'https://gateway.example',
    fetch: server.fetch,
    sendConversation: true,
  });
  const url = 'https://tools.invalid/transfer_money';
  const call = { functionName: 'transfer_money', method: 'POST', url, runtimeType: 'openai_assistants' };
  return (await gateway.scan({ ...call, body, conversation })).decision;
}

describe('what was cut from a conversation may have said anything', () => {
  const userMessages = ['Pay the bill.'];

  test.each<[string, Conversation, object]>([
    ['a long page after the mail', { userMessages, toolOutputs: [mail, page(280 * KB)] }, pay],
    [
      'a long page that ends with it',
      { userMessages, toolOutputs: [{ ...mail, output: page(270 * KB).output + mail.output }] },
      pay,
    ],
    ['long arguments', { userMessages, toolOutputs: [mail] }, { ...pay, note: ' '.repeat(255 * KB) }],
    ['a cut conversation', { userMessages, toolOutputs: [], isCut: true }, pay],
  ])('%s', async (_, conversation, body) => {
    expect(await decide(conversation, body)).toBe('REQUIRE_APPROVAL');
  });

  test('a value of the user’s runs', async () => {
    const toolOutputs = [page(96 * KB)];
    expect(await decide({ userMessages: [`Pay ${IBAN}.`], toolOutputs })).toBe('ALLOW');
  });
});
