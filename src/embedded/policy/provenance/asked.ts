import type { Conversation } from '../../../runner/gateway/gateway.ts';
import { CATEGORY_WORDS } from '../../catalog/data/name-words.ts';
import { keyWords } from '../../detection/key-words.ts';
import { userTextOf } from './conversation-index.ts';

/** What a call is: the names of its function, and its categories. */
export interface Effect {
  readonly names: readonly string[];
  readonly categories: readonly string[];
}

/** Words by which users ask for a call of a category, besides those in names of functions. */
const FURTHER_WORDS: Readonly<Record<string, string>> = {
  messages: `
    write answer forward tell inform respond share contact ask remind thank ping text invite alert warn say let
    congratulate apologize apologise welcome introduce announce confirm explain follow drop chase nudge
    antworte beantworte schreib schreibe sende schick schicke mails répondez réponds envoie écris responde envía escribe rispondi invia
    schick sag manda mande mándale envíale avisa avise gönder yaz
  `,
  payments:
    'reimburse settle money send pay move put split cover überweis überweise überweisen zahl zahle bezahl bezahle bezahlen payez paie vire paga pagar transfiere',
  calendar: 'schedule invite plan arrange set block termin einladung plane rendez-vous réunion reunión cita riunione',
  permissions: 'add give',
  contacts: 'add import save enter update record',
  files: 'save store record write append copy fill log summarize summarise',
  bookings: 'rent hire upgrade rebook change seat',
  users: 'add invite register enroll sign',
  issues: 'report raise triage label assign escalate',
  devices: 'turn switch',
  web: 'fill enter submit',
};
const WORDS: ReadonlyMap<string, readonly string[]> = new Map(
  [...new Set([...CATEGORY_WORDS.map(([category]) => category), ...Object.keys(FURTHER_WORDS)])].map((category) => [
    category,
    [
      ...CATEGORY_WORDS.flatMap(([name, terms]) => (name === category ? terms.split(',') : [])),
      ...(FURTHER_WORDS[category]?.trim().split(/\s+/) ?? []),
    ],
  ]),
);
const MIN_STEM = 4;
/** Verbs of which each asks for any change that has one of them in its name. */
export const CHANGES: ReadonlySet<string> = new Set(
  `add create insert register enter enroll put write save fill make split change update set reset edit modify replace
  correct fix adjust increase raise lower reduce`.split(/\s+/),
);

/** Returns true if the user's messages have a word for such a call. Evaluates `x_asked_by_user`. */
export function isAsked({ userMessages }: Conversation, { names, categories }: Effect): boolean {
  const said = userTextOf(userMessages).requests;
  if (categories.some((category) => WORDS.get(category)?.some((word) => said.hasWord(word)))) return true;
  const words = names.flatMap((name) => keyWords(name));
  if (words.some((word) => CHANGES.has(word)) && [...CHANGES].some((verb) => said.hasWord(verb))) return true;
  const ofName = words.filter((word) => word.length >= MIN_STEM);
  // `ship` for create_shipment.
  return ofName.some((word) => said.hasWordFrom(word) || stemsOf(word).some((stem) => said.hasWord(stem)));
}

function stemsOf(word: string): readonly string[] {
  return Array.from({ length: word.length - MIN_STEM }, (_, index) => word.slice(0, MIN_STEM + index));
}
