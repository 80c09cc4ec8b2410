import type { WordPattern } from '../../near-words.ts';

/**
 * Phrases about a person's health. To detect another condition or drug, add it to its list; to detect another phrase,
 * add a row:
 *
 * - `type`: the finding's type, which also names the placeholder: `[REDACTED:DIAGNOSIS]`
 * - `words`: words in lower case; every match of the pattern contains one of them. They make the scan fast: the pattern
 *   runs only around these words.
 * - `pattern`: a global pattern that ignores case; bound every repetition, so that a scan takes time in proportion to
 *   the text
 */
export interface HealthPhrase extends WordPattern {
  readonly type: string;
}

// Patterns, separated by `|`, that begin with two or more letters.
const CONDITIONS =
  'diabetes|cancer|leuka?emia|lymphoma|melanoma|tumou?r|hiv|aids|hepatitis|tuberculosis|covid(?:-19)?|' +
  'pneumonia|asthma|copd|epilepsy|hypertension|stroke|arrhythmia|depression|anxiety disorder|bipolar disorder|' +
  "schizophrenia|adhd|autism|ptsd|dementia|alzheimer['’]?s?|parkinson['’]?s?|multiple sclerosis|arthritis|" +
  'lupus|anemia|anaemia|kidney disease|heart disease|heart failure|liver disease|cirrhosis|thyroid disease|' +
  'herpes|syphilis|chlamydia|gonorrho?ea|infertility|miscarriage|pregnancy|eating disorder|anorexia|bulimia|' +
  'addiction|alcoholism|sickle cell|cystic fibrosis|migraines?|sleep apno?ea|chronic pain|heart attacks?|' +
  'panic attacks?';
const DRUGS =
  'metformin|insulin|lisinopril|amlodipine|losartan|atorvastatin|simvastatin|levothyroxine|omeprazole|' +
  'albuterol|salbutamol|gabapentin|hydrochlorothiazide|metoprolol|sertraline|fluoxetine|escitalopram|' +
  'citalopram|bupropion|trazodone|alprazolam|diazepam|lorazepam|clonazepam|quetiapine|lithium|risperidone|' +
  'oxycodone|hydrocodone|tramadol|morphine|fentanyl|methadone|prednisone|amoxicillin|azithromycin|doxycycline|' +
  'ciprofloxacin|warfarin|apixaban|clopidogrel|ibuprofen|paracetamol|acetaminophen|adderall|methylphenidate|' +
  'zolpidem|tamoxifen|xanax|prozac|zoloft|ozempic|semaglutide|viagra';

const CONDITION = `(?:${CONDITIONS})`;
const DRUG = `(?:${DRUGS})`;
// The diagnosis or drug after the phrase, up to four words.
const WHAT = String.raw`(?:[ \t]{1,3}[\w\u00c0-\uffff][\w\u00c0-\uffff'’.%-]{0,30}(?<![.])){1,4}`;
const PERSON = '(?:i|he|she|they|we|patient|who|mother|father|son|daughter|wife|husband|child|client|employee)';

/** The letters that each pattern begins with: `tumo` of `tumou?r`. */
const beginnings = (patterns: string): readonly string[] =>
  patterns.split('|').map((pattern) => /^[a-z ]+(?!\?)/.exec(pattern)?.[0] ?? pattern);

export const HEALTH_PHRASES: readonly HealthPhrase[] = [
  {
    type: 'DIAGNOSIS',
    words: ['diagnosed with'],
    pattern: new RegExp(String.raw`(?<![a-z\d])(?:re-?)?diagnosed with${WHAT}`, 'gi'),
  },
  {
    type: 'DIAGNOSIS',
    words: ['tested '],
    pattern: new RegExp(String.raw`(?<![a-z\d])tested (?:positive|negative) for${WHAT}`, 'gi'),
  },
  {
    type: 'DIAGNOSIS',
    words: beginnings(CONDITIONS),
    pattern: new RegExp(
      String.raw`(?<![a-z\d])(?:suffer(?:s|ed|ing)? from|(?:treated|treatment|hospitali[sz]ed|medication|therapy|surgery) for|(?:family |medical )?history of|battling|living with|recover(?:s|ed|ing) from|died of) (?:[\w-]{1,20} ){0,3}${CONDITION}(?![a-z\d])`,
      'gi',
    ),
  },
  {
    type: 'DIAGNOSIS',
    words: beginnings(CONDITIONS),
    pattern: new RegExp(
      String.raw`(?<![a-z\d])(?:${PERSON} (?:has|have|had|is having|was having|got|developed)|(?:i['’]ve|i['’]m|he['’]s|she['’]s)(?: got)?|my|his|her|patient['’]s) (?:[\w-]{1,20} ){0,2}${CONDITION}(?![a-z\d])`,
      'gi',
    ),
  },
  {
    // `Allergies: penicillin`: a heading in a form and its line.
    type: 'HEALTH',
    words: ['medication', 'allerg', 'diagnos', 'prescription', 'symptoms', 'blood ', 'medical '],
    pattern:
      /(?<![a-z\d])(?:(?:current )?medications?|allerg(?:y|ies)|diagnos[ie]s|prescriptions?|symptoms|blood (?:type|group)|medical (?:history|conditions?))\*{0,2} ?: {0,3}(?!(?:none|unknown|n\/a|no|yes|true|false|null)\b)[a-z\u00c0-\u024f][^\n\r;|[\]{}"]{2,60}/gi,
  },
  {
    type: 'DIAGNOSIS',
    words: ['hiv'],
    pattern: /(?<![a-z\d])hiv[- ]positive(?![a-z\d])/gi,
  },
  {
    type: 'ALLERGY',
    words: ['allergic to'],
    pattern: new RegExp(String.raw`(?<![a-z\d])(?:is|am|are|was|severely|highly|['’][sm]) allergic to${WHAT}`, 'gi'),
  },
  {
    type: 'MEDICATION',
    words: ['prescribed', 'prescription'],
    pattern: new RegExp(
      String.raw`(?<![a-z\d])(?:(?:was|is|been|were|am|are|being|['’][sm]|i|he|she|they|doctor|physician) prescribed|prescriptions? (?:for|of))${WHAT}`,
      'gi',
    ),
  },
  {
    type: 'MEDICATION',
    words: beginnings(DRUGS),
    pattern: new RegExp(
      String.raw`(?<![a-z\d])(?:${DRUG},? \d{1,4}(?:\.\d{1,3})? ?(?:mg|mcg|µg|ml|units?|iu)|(?:takes?|taking|prescribed|on) (?:\d{1,4} ?mg (?:of )?)?${DRUG})(?![a-z\d])`,
      'gi',
    ),
  },
  {
    type: 'MEDICAL_NOTE',
    words: ['medical ', 'diagnosis', 'prescription', 'blood type', 'lab results', 'chemotherapy', 'dialysis'],
    pattern:
      /(?<![a-z\d])(?:patient|my|his|her|their)(?:['’]s)? (?:medical (?:history|records?|condition)|diagnosis|prescriptions?|blood type|lab results|chemotherapy|dialysis)(?![a-z\d])/gi,
  },
];
