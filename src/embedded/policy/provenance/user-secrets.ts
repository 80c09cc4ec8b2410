import type { Conversation } from '../../../runner/gateway/gateway.ts';
import { valuesOf, type Detection } from '../../detection/detect.ts';
import { keyWords } from '../../detection/key-words.ts';
import { unescapeText } from '../../detection/unescape.ts';
import { leavesOf } from '../leaves.ts';
import { foreignTextsOf, trustedTextsOf, userTextOf } from './conversation-index.ts';
import { isInUserMessages, isVerbatim, SearchBudget } from './find-part.ts';
import { partsOf } from './value-parts.ts';

/** Words of fields that take a credential. */
const CREDENTIAL =
  /^(?:password|passwd|pwd|passphrase|passcode|pin|otp|token|key|apikey|secret|credential|auth|authorization)s?$/;

/**
 * Returns true if every secret in a call is in the user's messages, or in a URL that a tool returned as it is. Evaluates
 * `x_secrets_from_user`, an extension of Interven's schema.
 *
 * @param inOwnField true to require that each is also the whole value of a field for a credential
 */
export function areSecretsFromUser(
  body: unknown,
  detection: Detection,
  conversation: Conversation,
  inOwnField: boolean,
): boolean {
  const secrets = valuesOf(detection, 'SECRETS');
  if (!secrets || !detection.isComplete) return false;
  const user = userTextOf(conversation.userMessages).strict;
  const budget = new SearchBudget();
  const isUsers = (text: string): boolean => isInUserMessages({ kind: 'text', text }, user, budget);
  const isPassed = (field: string | undefined): boolean =>
    field !== undefined && keyWords(field).some((word) => CREDENTIAL.test(word));
  let urls: readonly string[] | undefined;
  const isInKnownUrl = (text: string): boolean => {
    urls ??= knownUrls(body, conversation, budget);
    return urls.some((url) => url.includes(text));
  };
  return secrets.every(({ value, wholeOf }) => {
    const text = value.normalize('NFC').toLowerCase();
    return inOwnField ? isPassed(wholeOf) && isUsers(text) : isUsers(text) || isInKnownUrl(text);
  });
}

/** Lists the URLs in a body that the user or a tool gave as they are, also without percent-encoding. */
function knownUrls(body: unknown, conversation: Conversation, budget: SearchBudget): readonly string[] {
  const { strict } = userTextOf(conversation.userMessages);
  const indexes = [strict, ...trustedTextsOf(conversation), ...foreignTextsOf(conversation).map(({ index }) => index)];
  return leavesOf(body).flatMap(({ value }) =>
    partsOf(String(value).normalize('NFC').toLowerCase()).flatMap((part) => {
      if (part.kind !== 'web' || !indexes.some((index) => isVerbatim(part, index, budget))) return [];
      const { written } = part.address;
      return [written, unescapeText(written)?.text ?? written];
    }),
  );
}
