import type { Conversation } from '../../../runner/gateway/gateway.ts';
import { detect, valuesOf, type Detection } from '../../detection/detect.ts';
import { keyWords } from '../../detection/key-words.ts';
import { foreignTextsOf, trustedTextsOf, userTextOf } from './conversation-index.ts';
import { isInUserMessages, isVerbatim, SearchBudget } from './find-part.ts';
import { replaceLinks } from './replace-links.ts';

/** Words of fields that take a credential. */
const CREDENTIAL =
  /^(?:password|passwd|pwd|passphrase|passcode|pin|otp|token|key|apikey|secret|credential|auth|authorization)s?$/;

/**
 * Returns true if every secret in a call is in the user's messages, or in a link that the user or a tool gave as it is.
 * Evaluates `x_secrets_from_user`, an extension of Interven's schema.
 *
 * @param inOwnField true to require that each is also the whole value of a field for a credential
 */
export function areSecretsFromUser(
  body: unknown,
  detection: Detection,
  conversation: Conversation,
  inOwnField: boolean,
): boolean {
  if (!valuesOf(detection, 'SECRETS') || !detection.isComplete) return false;
  const user = userTextOf(conversation.userMessages).strict;
  const budget = new SearchBudget();
  const isUsers = (text: string): boolean => isInUserMessages({ kind: 'text', text }, user, budget);
  const isPassed = (field: string | undefined): boolean =>
    field !== undefined && keyWords(field).some((word) => CREDENTIAL.test(word));
  // A known address is read again without it, because what is decoded of it is not found in a text.
  const left = inOwnField ? detection : detect(withoutKnownLinks(body, conversation, budget), { regions: [] });
  const secrets = valuesOf(left, 'SECRETS');
  if (!secrets || !left.isComplete) return false;
  return secrets.every(({ value, wholeOf }) => {
    const text = value.normalize('NFC').toLowerCase();
    return (!inOwnField || isPassed(wholeOf)) && isUsers(text);
  });
}

/** Copies a body without the links that the user or a tool gave as they are. */
function withoutKnownLinks(body: unknown, conversation: Conversation, budget: SearchBudget): unknown {
  const { strict } = userTextOf(conversation.userMessages);
  const indexes = [strict, ...trustedTextsOf(conversation), ...foreignTextsOf(conversation).map(({ index }) => index)];
  return replaceLinks(body, (address) =>
    indexes.some((index) => isVerbatim({ kind: 'web', address }, index, budget)) ? '' : undefined,
  );
}
