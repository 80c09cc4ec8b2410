import { eachMatch, firstMatch } from './each-match.ts';
import { keyWords } from './key-words.ts';
import type { Detector, Span } from './span.ts';

type Rule = readonly [type: string, pattern: RegExp, isRight?: (match: string) => boolean];

const digitsOf = (text: string): string => text.replace(/\D+/g, '');

/** Luhn's digit over the number with 80840, the prefix of health in the United States, before it. */
function isNpi(match: string): boolean {
  const digits = `80840${digitsOf(match)}`;
  let sum = 0;
  for (let place = 0; place < digits.length; place += 1) {
    const digit = Number(digits[digits.length - 1 - place]) * (place % 2 === 1 ? 2 : 1);
    sum += digit > 9 ? digit - 9 : digit;
  }
  return digits.length === 15 && sum % 10 === 0;
}

function isDea(match: string): boolean {
  const [first = 0, second = 0, third = 0, fourth = 0, fifth = 0, sixth = 0, check] = Array.from(
    match.slice(2),
    Number,
  );
  return (first + third + fifth + 2 * (second + fourth + sixth)) % 10 === check && /[1-9]/.test(match);
}

function isNhs(match: string): boolean {
  const digits = digitsOf(match);
  let sum = 0;
  for (let place = 0; place < 9; place += 1) sum += Number(digits[place]) * (10 - place);
  return Number(digits) > 0 && (11 - (sum % 11)) % 11 === Number(digits[9]);
}

const hasDigits = (match: string): boolean => digitsOf(match).length >= 4;

/** Numbers that say by their build what they are; a Medicare number has no S, L, O, I, B nor Z. */
const STRUCTURED: readonly Rule[] = [
  [
    'MBI',
    /(?<![\w-])[1-9][AC-HJKMNP-RT-Y][0-9AC-HJKMNP-RT-Y]\d-?[AC-HJKMNP-RT-Y][0-9AC-HJKMNP-RT-Y]\d-?[AC-HJKMNP-RT-Y]{2}\d{2}(?![\w-])/gi,
  ],
  ['DEA', /(?<![\w./-])[ABCDEFGHJKLMPRSTUX][A-Z9]\d{7}(?![\w/-])/g, isDea],
];

const MEDICAL_NUMBER: Rule = ['MEDICAL_RECORD', /(?<![a-z\d])[A-Z0-9](?:[-/]?[A-Z0-9]){3,19}(?![a-z\d])/gi, hasDigits];
const ICD: Rule = ['ICD', /(?<![a-z\d])[A-TV-Z]\d[0-9AB](?:\.[0-9A-Z]{1,4})?(?![a-z\d])/g];

/** What the words before a number, or its field's name, make of it. */
const LABELLED: readonly { words: readonly string[]; rule: Rule }[] = [
  {
    words: ['npi', 'national provider identifier', 'national provider', 'provider identifier', 'provider id'],
    rule: ['NPI', /(?<!\w)[12]\d{3}-?\d{3}-?\d{3}(?!\w)/g, isNpi],
  },
  { words: ['nhs number', 'nhs no', 'nhs'], rule: ['NHS_NUMBER', /(?<!\w)\d{3}[- ]?\d{3}[- ]?\d{4}(?!\w)/g, isNhs] },
  { words: ['dea', 'dea number', 'dea no'], rule: ['DEA', /(?<!\w)[A-Z][A-Z9]\d{7}(?!\w)/gi] },
  {
    words: [
      'mrn',
      'medical record number',
      'medical record no',
      'medical record',
      'patient id',
      'patient number',
      'patient no',
      'chart number',
      'health card number',
      'health card',
      'health insurance number',
      'health insurance id',
      'health plan id',
      'medicare number',
      'medicare id',
      'medicare',
      'medicaid id',
      'medicaid number',
      'medicaid',
      'kvnr',
      'krankenversichertennummer',
      'versichertennummer',
      'egk nummer',
    ],
    rule: MEDICAL_NUMBER,
  },
  {
    words: [
      'icd',
      'icd 9',
      'icd 10',
      'icd 11',
      'icd code',
      'icd 10 code',
      'icd 10 cm',
      'diagnosis',
      'diagnosis code',
      'diagnoses',
      'dx',
    ],
    rule: ICD,
  },
];
const ruleOf = new Map(LABELLED.flatMap(({ words, rule }) => words.map((word) => [word, rule] as const)));
const LABEL = new RegExp(
  String.raw`(?<![a-z\d])(?:${[...ruleOf.keys()]
    .sort((one, other) => other.length - one.length)
    .map((words) => words.replaceAll(' ', '[ _-]{0,2}'))
    .join('|')})(?![a-z\d])`,
  'gi',
);
const plain = (words: string): string => words.toLowerCase().replace(/[ _-]+/g, '');
const ruleOfPlain = new Map([...ruleOf].map(([words, rule]) => [plain(words), rule]));
const REACH = 32;

const CONDITION =
  "(?:diabetes|cancer|leuk(?:a?emia)|lymphoma|melanoma|tumou?r|hiv|aids|hepatitis|tuberculosis|covid(?:-19)?|pneumonia|asthma|copd|epilepsy|hypertension|stroke|arrhythmia|depression|anxiety disorder|bipolar disorder|schizophrenia|adhd|autism|ptsd|dementia|alzheimer['’]?s?|parkinson['’]?s?|multiple sclerosis|arthritis|lupus|an(?:a?)emia|kidney disease|heart disease|heart failure|liver disease|cirrhosis|thyroid disease|herpes|syphilis|chlamydia|gonorrh(?:o?)ea|infertility|miscarriage|pregnancy|eating disorder|anorexia|bulimia|addiction|alcoholism|sickle cell|cystic fibrosis|migraines?|sleep apn(?:o?)ea|chronic pain|(?:heart|panic) attacks?)";
const DRUG =
  '(?:metformin|insulin|lisinopril|amlodipine|losartan|atorvastatin|simvastatin|levothyroxine|omeprazole|albuterol|salbutamol|gabapentin|hydrochlorothiazide|metoprolol|sertraline|fluoxetine|escitalopram|citalopram|bupropion|trazodone|alprazolam|diazepam|lorazepam|clonazepam|quetiapine|lithium|risperidone|oxycodone|hydrocodone|tramadol|morphine|fentanyl|methadone|prednisone|amoxicillin|azithromycin|doxycycline|ciprofloxacin|warfarin|apixaban|clopidogrel|ibuprofen|paracetamol|acetaminophen|adderall|methylphenidate|zolpidem|tamoxifen|xanax|prozac|zoloft|ozempic|semaglutide|viagra)';
// What was found out or prescribed: up to four words behind the phrase, so that it goes with it.
const WHAT = String.raw`(?:[ \t]{1,3}[\w\u00c0-\uffff][\w\u00c0-\uffff'’.%-]{0,30}(?<![.])){1,4}`;
const PERSON = '(?:i|he|she|they|we|patient|who|mother|father|son|daughter|wife|husband|child|client|employee)';

// `Allergies: penicillin`: a form's heading and what stands on its line.
const HEADED =
  /(?<![a-z\d])(?:(?:current )?medications?|allerg(?:y|ies)|diagnos[ie]s|prescriptions?|symptoms|blood (?:type|group)|medical (?:history|conditions?))\*{0,2} ?: {0,3}(?!(?:none|unknown|n\/a|no|yes|true|false|null)\b)[a-z\u00c0-\u024f][^\n\r;|[\]{}"]{2,60}/gi;

/** Phrases that tell of a person's health. */
const PHRASES: readonly Rule[] = [
  ['DIAGNOSIS', new RegExp(String.raw`(?<![a-z\d])(?:re-?)?diagnosed with${WHAT}`, 'gi')],
  ['DIAGNOSIS', new RegExp(String.raw`(?<![a-z\d])tested (?:positive|negative) for${WHAT}`, 'gi')],
  [
    'DIAGNOSIS',
    new RegExp(
      String.raw`(?<![a-z\d])(?:suffer(?:s|ed|ing)? from|(?:treated|treatment|hospitali[sz]ed|medication|therapy|surgery) for|(?:family |medical )?history of|battling|living with|recover(?:s|ed|ing) from|died of) (?:[\w-]{1,20} ){0,3}${CONDITION}(?![a-z\d])`,
      'gi',
    ),
  ],
  [
    'DIAGNOSIS',
    new RegExp(
      String.raw`(?<![a-z\d])(?:${PERSON} (?:has|have|had|is having|was having|got|developed)|(?:i['’]ve|i['’]m|he['’]s|she['’]s)(?: got)?|my|his|her|patient['’]s) (?:[\w-]{1,20} ){0,2}${CONDITION}(?![a-z\d])`,
      'gi',
    ),
  ],
  ['HEALTH', HEADED],
  ['DIAGNOSIS', /(?<![a-z\d])hiv[- ]positive(?![a-z\d])/gi],
  ['ALLERGY', new RegExp(String.raw`(?<![a-z\d])(?:is|am|are|was|severely|highly|['’][sm]) allergic to${WHAT}`, 'gi')],
  [
    'MEDICATION',
    new RegExp(
      String.raw`(?<![a-z\d])(?:(?:was|is|been|were|am|are|being|['’][sm]|i|he|she|they|doctor|physician) prescribed|prescriptions? (?:for|of))${WHAT}`,
      'gi',
    ),
  ],
  [
    'MEDICATION',
    new RegExp(
      String.raw`(?<![a-z\d])(?:${DRUG},? \d{1,4}(?:\.\d{1,3})? ?(?:mg|mcg|µg|ml|units?|iu)|(?:takes?|taking|prescribed|on) (?:\d{1,4} ?mg (?:of )?)?${DRUG})(?![a-z\d])`,
      'gi',
    ),
  ],
  [
    'MEDICAL_NOTE',
    /(?<![a-z\d])(?:patient|my|his|her|their)(?:['’]s)? (?:medical (?:history|records?|condition)|diagnosis|prescriptions?|blood type|lab results|chemotherapy|dialysis)(?![a-z\d])/gi,
  ],
];

const NOTHING =
  /^\s*(?:none|unknown|n\/?a|null|nil|no|yes|true|false|other|not (?:provided|available|applicable|specified)|[\s\d.,:-]*)\s*$/i;
const PLACEHOLDER = /\[REDACTED:[A-Z0-9_#:-]{1,60}\]/g;
const HEALTH_KEYS = new Set([
  'diagnosis',
  'diagnoses',
  'prescription',
  'prescriptions',
  'medication',
  'medications',
  'symptom',
  'symptoms',
  'allergy',
  'allergies',
  'patient',
  'patientname',
  'icd',
  'icd9',
  'icd10',
  'comorbidities',
  'diagnose',
  'diagnostic',
]);
const HEALTH_KEY_PAIRS = new Set([
  'medical history',
  'medical condition',
  'medical conditions',
  'medical notes',
  'medical record',
  'medical records',
  'health condition',
  'health conditions',
  'health status',
  'health history',
  'lab result',
  'lab results',
  'blood type',
  'blood group',
  'clinical notes',
  'clinical note',
  'chief complaint',
  'treatment plan',
  'mental health',
]);
const NOT_HEALTH = new Set(['id', 'ids', 'count', 'url', 'type', 'enabled', 'status', 'code', 'mode', 'level']);

/** The whole value of a field that is named for a patient or an illness, unless it says nothing. */
function findByKey(text: string, words: readonly string[], found: Span[]): void {
  const said = text.replace(PLACEHOLDER, '');
  if (NOTHING.test(said.slice(0, 200)) || !/\p{L}/u.test(said)) return;
  const named = words.some((word) => HEALTH_KEYS.has(word)) && !NOT_HEALTH.has(words.at(-1) ?? '');
  const paired = words.some((word, at) => HEALTH_KEY_PAIRS.has(`${word} ${words[at + 1] ?? ''}`));
  if (named || paired) found.push({ start: 0, end: text.length, dataClass: 'PHI', type: 'HEALTH' });
}

function findAll(text: string, [type, pattern, isRight]: Rule, found: Span[]): void {
  eachMatch(pattern, text, ({ 0: match, index }) => {
    if (isRight && !isRight(match)) return;
    found.push({ start: index, end: index + match.length, dataClass: 'PHI', type });
  });
}

function findFirst(text: string, offset: number, [type, pattern, isRight = always]: Rule, found: Span[]): void {
  const match = firstMatch(pattern, text, isRight);
  if (!match) return;
  const start = offset + match.index;
  found.push({ start, end: start + match[0].length, dataClass: 'PHI', type });
}

const always = (): boolean => true;

const EVERYWHERE = [...STRUCTURED, ...PHRASES];

function labelsOf(text: string): RegExpExecArray[] {
  const labels: RegExpExecArray[] = [];
  eachMatch(LABEL, text, (label) => labels.push(label));
  return labels;
}

/**
 * Data on the health of persons (class `PHI`): Medicare, provider's, NHS and medical record numbers, ICD codes behind a word
 * that says so, phrases such as "diagnosed with", and fields named for a diagnosis, a prescription or a patient.
 */
export const findHealth: Detector = (text, { key }, found) => {
  for (const rule of EVERYWHERE) findAll(text, rule, found);
  const labels = labelsOf(text);
  labels.forEach(({ 0: words, index }, at) => {
    const rule = ruleOfPlain.get(plain(words));
    const from = index + words.length;
    const end = Math.min(from + REACH, labels[at + 1]?.index ?? text.length);
    if (rule) findFirst(text.slice(from, end), from, rule, found);
  });
  if (key === undefined) return;
  const words = keyWords(key);
  for (const { 0: label } of labelsOf(words.join(' '))) {
    const rule = ruleOfPlain.get(plain(label));
    if (rule && text.length <= 64) findFirst(text, 0, rule, found);
  }
  findByKey(text, words, found);
};
