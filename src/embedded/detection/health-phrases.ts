import type { Rule } from './health-numbers.ts';

/** Phrases that tell of a person's health, and words one of which is in every text that one of them is in. */
export interface Phrase {
  readonly rule: Rule;
  readonly words: readonly string[];
}

const CONDITIONS =
  'diabetes|cancer|leuka?emia|lymphoma|melanoma|tumou?r|hiv|aids|hepatitis|tuberculosis|covid(?:-19)?|' +
  'pneumonia|asthma|copd|epilepsy|hypertension|stroke|arrhythmia|depression|anxiety disorder|' +
  "bipolar disorder|schizophrenia|adhd|autism|ptsd|dementia|alzheimer['’]?s?|parkinson['’]?s?|" +
  'multiple sclerosis|arthritis|lupus|anemia|anaemia|kidney disease|heart disease|heart failure|' +
  'liver disease|cirrhosis|thyroid disease|herpes|syphilis|chlamydia|gonorrho?ea|infertility|miscarriage|' +
  'pregnancy|eating disorder|anorexia|bulimia|addiction|alcoholism|sickle cell|cystic fibrosis|migraines?|' +
  'sleep apno?ea|chronic pain|heart attacks?|panic attacks?';
const DRUGS =
  'metformin|insulin|lisinopril|amlodipine|losartan|atorvastatin|simvastatin|levothyroxine|omeprazole|' +
  'albuterol|salbutamol|gabapentin|hydrochlorothiazide|metoprolol|sertraline|fluoxetine|escitalopram|' +
  'citalopram|bupropion|trazodone|alprazolam|diazepam|lorazepam|clonazepam|quetiapine|lithium|risperidone|' +
  'oxycodone|hydrocodone|tramadol|morphine|fentanyl|methadone|prednisone|amoxicillin|azithromycin|' +
  'doxycycline|ciprofloxacin|warfarin|apixaban|clopidogrel|ibuprofen|paracetamol|acetaminophen|adderall|' +
  'methylphenidate|zolpidem|tamoxifen|xanax|prozac|zoloft|ozempic|semaglutide|viagra';
const CONDITION = `(?:${CONDITIONS})`;
const DRUG = `(?:${DRUGS})`;
/** The letters that each of some expressions begins with, whatever follows: `tumo` of `tumou?r`. */
const beginnings = (expressions: string): readonly string[] =>
  expressions.split('|').map((expression) => /^[a-z ]+(?!\?)/.exec(expression)?.[0] ?? expression);
// What was found out or prescribed: up to four words behind the phrase, so that it goes with it.
const WHAT = String.raw`(?:[ \t]{1,3}[\w\u00c0-\uffff][\w\u00c0-\uffff'’.%-]{0,30}(?<![.])){1,4}`;
const PERSON = '(?:i|he|she|they|we|patient|who|mother|father|son|daughter|wife|husband|child|client|employee)';

// `Allergies: penicillin`: a form's heading and what stands on its line.
const HEADED =
  /(?<![a-z\d])(?:(?:current )?medications?|allerg(?:y|ies)|diagnos[ie]s|prescriptions?|symptoms|blood (?:type|group)|medical (?:history|conditions?))\*{0,2} ?: {0,3}(?!(?:none|unknown|n\/a|no|yes|true|false|null)\b)[a-z\u00c0-\u024f][^\n\r;|[\]{}"]{2,60}/gi;

/** Phrases that tell of a person's health. */
export const PHRASES: readonly Phrase[] = [
  {
    words: ['diagnosed with'],
    rule: ['DIAGNOSIS', new RegExp(String.raw`(?<![a-z\d])(?:re-?)?diagnosed with${WHAT}`, 'gi')],
  },
  {
    words: ['tested '],
    rule: ['DIAGNOSIS', new RegExp(String.raw`(?<![a-z\d])tested (?:positive|negative) for${WHAT}`, 'gi')],
  },
  {
    words: beginnings(CONDITIONS),
    rule: [
      'DIAGNOSIS',
      new RegExp(
        String.raw`(?<![a-z\d])(?:suffer(?:s|ed|ing)? from|(?:treated|treatment|hospitali[sz]ed|medication|therapy|surgery) for|(?:family |medical )?history of|battling|living with|recover(?:s|ed|ing) from|died of) (?:[\w-]{1,20} ){0,3}${CONDITION}(?![a-z\d])`,
        'gi',
      ),
    ],
  },
  {
    words: beginnings(CONDITIONS),
    rule: [
      'DIAGNOSIS',
      new RegExp(
        String.raw`(?<![a-z\d])(?:${PERSON} (?:has|have|had|is having|was having|got|developed)|(?:i['’]ve|i['’]m|he['’]s|she['’]s)(?: got)?|my|his|her|patient['’]s) (?:[\w-]{1,20} ){0,2}${CONDITION}(?![a-z\d])`,
        'gi',
      ),
    ],
  },
  {
    words: ['medication', 'allerg', 'diagnos', 'prescription', 'symptoms', 'blood ', 'medical '],
    rule: ['HEALTH', HEADED],
  },
  { words: ['hiv'], rule: ['DIAGNOSIS', /(?<![a-z\d])hiv[- ]positive(?![a-z\d])/gi] },
  {
    words: ['allergic to'],
    rule: [
      'ALLERGY',
      new RegExp(String.raw`(?<![a-z\d])(?:is|am|are|was|severely|highly|['’][sm]) allergic to${WHAT}`, 'gi'),
    ],
  },
  {
    words: ['prescribed', 'prescription'],
    rule: [
      'MEDICATION',
      new RegExp(
        String.raw`(?<![a-z\d])(?:(?:was|is|been|were|am|are|being|['’][sm]|i|he|she|they|doctor|physician) prescribed|prescriptions? (?:for|of))${WHAT}`,
        'gi',
      ),
    ],
  },
  {
    words: beginnings(DRUGS),
    rule: [
      'MEDICATION',
      new RegExp(
        String.raw`(?<![a-z\d])(?:${DRUG},? \d{1,4}(?:\.\d{1,3})? ?(?:mg|mcg|µg|ml|units?|iu)|(?:takes?|taking|prescribed|on) (?:\d{1,4} ?mg (?:of )?)?${DRUG})(?![a-z\d])`,
        'gi',
      ),
    ],
  },
  {
    words: ['medical ', 'diagnosis', 'prescription', 'blood type', 'lab results', 'chemotherapy', 'dialysis'],
    rule: [
      'MEDICAL_NOTE',
      /(?<![a-z\d])(?:patient|my|his|her|their)(?:['’]s)? (?:medical (?:history|records?|condition)|diagnosis|prescriptions?|blood type|lab results|chemotherapy|dialysis)(?![a-z\d])/gi,
    ],
  },
];
