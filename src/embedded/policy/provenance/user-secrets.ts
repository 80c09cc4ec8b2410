import { valuesOf, type Detection } from '../../detection/detect.ts';
import { keyWords } from '../../detection/key-words.ts';
import { userTextOf } from './conversation-index.ts';
import { isInUserMessages, SearchBudget } from './find-part.ts';
import type { Origins } from './origins.ts';
import { ValueText } from './value-text.ts';

/** Words of fields that take a credential. */
const CREDENTIAL =
  /^(?:password|passwd|pwd|passphrase|passcode|pin|otp|token|bearer|jwt|key|apikey|secret|credential|auth|authorization)s?$/;

/**
 * Returns true if every secret in a call is in the user's messages, or in a link that the user or a tool gave as it is.
 * Evaluates `x_secrets_from_user`, an extension of Interven's schema.
 *
 * @param inOwnField true to require that each is also the whole value of a field for a credential
 */
export function areSecretsFromUser(detection: Detection, origins: Origins, inOwnField: boolean): boolean {
  if (!valuesOf(detection, 'SECRETS') || !detection.isComplete) return false;
  const left = inOwnField ? detection : origins.withoutKnownLinks(detection);
  const secrets = valuesOf(left, 'SECRETS');
  if (!secrets || !left.isComplete) return false;
  const user = userTextOf(origins.conversation.userMessages).strict;
  const budget = new SearchBudget();
  return secrets.every(({ value, wholeOf }) => {
    const text = value.normalize('NFC').toLowerCase();
    return (!inOwnField || isPassed(wholeOf)) && isInUserMessages({ kind: 'text', text }, user, budget);
  });
}

/**
 * Returns true if all personal data, health data and markings in a call are in the user's messages, also in another
 * notation, or in fields to which the request points. Evaluates `x_data_from_user`, an extension of Interven's schema.
 */
export function isDataFromUser(detection: Detection, { isUsers, isMeant }: Origins): boolean {
  if (!detection.isComplete) return false;
  return (['PII', 'PHI', 'INTERNAL'] as const).every((dataClass) =>
    valuesOf(detection, dataClass)?.every(({ value }) => {
      const parts = new ValueText(value).entries.flatMap((entry) => entry.parts);
      return parts.length > 0 && parts.every((part) => isUsers(part) || isMeant(part));
    }),
  );
}

function isPassed(field: string | undefined): boolean {
  return field !== undefined && keyWords(field).some((word) => CREDENTIAL.test(word));
}
