/**
 * Phrases by which a text addresses the model that reads it, taken from public collections of prompt injections, in English.
 * `phrases-other-languages.ts` has those of other languages. An attacker who knows the list can avoid it, so no rule of `agentSafety` relies on
 * it alone. To add a phrase, add a row to `PHRASES`, and keep every repetition in it bounded. `instructions.ts` applies them.
 */

export interface Phrase {
  /** Phrases of one family mean the same. Two weak phrases count only if their families differ. */
  readonly family: string;
  /** `strong` phrases count alone: people hardly ever say them to each other. */
  readonly strength: 'strong' | 'weak';
  /** The first words, in lower case, joined by `|`. */
  readonly first: string;
  /** A regular expression for what follows the first word. A space is any white space. */
  readonly rest: string;
}

/** Models that a text calls by name. Some are names of people and companies, too. */
export const MODEL_NAMES =
  '(?:chatgpt|gpt-?\\d[\\w.-]{0,8}|claude|gemini|gemma|llama|mistral|mixtral|copilot|deepseek|qwen|grok|kimi|command[- ]r|nova|o[134](?:-(?:mini|pro))?)(?:[- ]?v?\\d[\\w.]{0,6})?(?!\\p{L})';
const UNDO = 'ignore|ignoring|disregard|disregarding|forget|neglect';
/** Also said of programs, rules and limits. */
const OVERRIDE = 'override|overrule|bypass|discard|drop|cancel|skip|abandon';
const FILLER =
  '(?: (?:all|any|every|each|of|the|your|those|these|this|that|other|and|or|both|completely|entirely)){0,6}';
const EARLIER =
  '(?:previous(?:ly)?|prior|earlier|above|preceding|foregoing|initial|original|current|system|safety|developer|pre-?set|former)';
const ORDERS =
  '(?:instructions?|prompts?|prompting|directives?|guidelines?|rules?|commands|directions|programming|guardrails)';
const MODEL =
  '(?:(?:ai|artificial intelligence)(?: language)? (?:model|assistant|agent|bot|chatbot|system|crawler)s?|(?:large )?language models?|assistant models?|llms?|chatbots?|chatgpt|gpt-?\\d[\\w.-]{0,8}|(?:claude|gemini|gemma|llama|mistral|mixtral|copilot|deepseek|qwen|grok|kimi|command[- ]r|nova)[- ](?:v?\\d[\\w.]{0,6}|model|assistant|llm)|deepseek|qwen|mixtral|o[134](?:-(?:mini|pro))?|ai)(?! (?:developer|engineer|researcher|expert|enthusiast|company|startup|vendor|provider|product|team|customer|user|lab|tool|feature|strategy|policy|generated))';
const ACTIONS =
  'send|forward|transfer|e?-?mail|share|delete|remove|ignore|disregard|do|don.?t|use|call|run|execute|open|visit|add|include|append|insert|say|state|print|output|write|reply|respond|answer|make|create|click|pay|buy|book|rate|recommend|mention|tell|follow|complete|perform|change|update|grant|give|get|fetch|upload|post|approve|stop|begin|start|summari[sz]e|repeat|reveal';
const ASK = `(?:${ACTIONS})`;
const POLITE =
  '(?:(?:please|kindly|now|first|immediately|you must|you should|you have to|you need to|you are (?:required|instructed) to|must|should) ){0,3}';
const USER = '(?:the|your|this) (?:user|human|operator|owner)';

const REQUESTS = '(?:instruction|request|question|query|task|prompt|order|command|wishe|goal)s?';
const VOCATIVES =
  'to|for|attention|note|notes|message|notice|reminder|important|dear|hey|hi|hello|listen|instruction|instructions|directive';
const NAMES = 'assistant|ai|chatgpt|chatbot|llm|gpt';
const HEADINGS = 'system|instruction|instructions|assistant|human';

export const PHRASES: readonly Phrase[] = [
  // Revokes the model's instructions.
  {
    family: 'undo',
    strength: 'strong',
    first: UNDO,
    rest: `${FILLER} ${EARLIER}(?: (?:and|or|all|any|the|your|following|later|${EARLIER}|user|security|content|stated)){0,4} ${ORDERS}\\b`,
  },
  {
    family: 'undo',
    strength: 'strong',
    first: UNDO,
    rest: ` (?:(?:all|any|every)(?: (?:of|the|your|other|these|those|such)){0,3}|your(?: own)?) (?:instructions?|prompts?|directives?|guidelines|programming|training|guardrails|restrictions|safety \\w{1,15})\\b(?! (?:in|on|from|for|by|at)\\b)`,
  },
  {
    family: 'undo',
    strength: 'strong',
    first: UNDO,
    rest: `${FILLER} (?:instructions?|prompts?|directives?|guidelines|rules|orders|commands) (?:above|before this|(?:that )?(?:you (?:were|have been|got|received|had|have)|(?:i|we|they) (?:gave|have given|told)))\\b`,
  },
  {
    family: 'undo',
    strength: 'strong',
    first: UNDO,
    rest: '(?: about)? (?:everything|all|anything|whatever)(?: (?:that|of|the|text|written|said|stated|came)){0,3} (?:above|before this|before that|prior to this|previously|you (?:were|have been|are|had been) (?:told|asked|instructed|given|ordered|taught|programmed))\\b(?! about)',
  },
  {
    family: 'undo',
    strength: 'strong',
    first: UNDO,
    rest: '(?: about)? what (?:you (?:were|have been|are|had been)|the user|your user|the human)(?: \\w{1,12})? (?:told|asked|instructed|said|wants|wanted|asking|supposed)\\b',
  },
  { family: 'undo', strength: 'strong', first: UNDO, rest: '(?: (?:the|your|all|any))? (?:system|initial) prompt\\b' },
  {
    family: 'undo',
    strength: 'strong',
    first: "do|don't|never|stop|cease|quit",
    rest: `(?: not)?(?: ever)? (?:obey|follow|listen|obeying|following|listening)(?: to)?(?: (?:any|of|all|the|your)){0,3} (?:(?:previous|prior|earlier|original|initial|system|developer)(?: \\w{1,12})? ${ORDERS}|(?:user|human)(?:'s (?:instructions?|requests?|orders?|commands?))?(?=[.,;:!]|$| (?:and|any|or|but|again|now)\\b)|your (?:instructions|guidelines|programming|rules))`,
  },
  {
    family: 'undo',
    strength: 'strong',
    first: OVERRIDE,
    rest: `${FILLER}(?: ${EARLIER}){1,2} (?:instructions?|directives?|guidelines|programming|training)\\b`,
  },
  {
    family: 'undo',
    strength: 'strong',
    first: OVERRIDE,
    rest: ' your (?:\\w{1,12} )?(?:instructions?|directives?|guidelines|programming|training|guardrails)\\b',
  },
  {
    family: 'undo',
    strength: 'strong',
    first: 'ignore|disregard|disobey|forget',
    rest: ` (?:the ${REQUESTS} of (?:the|your) user\\b|(?:the|your) user(?:'s (?:\\w{1,12} )?${REQUESTS}\\b| (?:and|then)\\b|[,;:]))`,
  },
  {
    family: 'undo',
    strength: 'strong',
    first: 'ignora|ignore|ignorez|ignorar|dimentica|esque\u00e7a',
    rest: '(?: (?:\\p{L}{1,20})){0,4} (?:instrucciones|instructions|consignes|istruzioni|instru\u00e7\u00f5es|\u00f3rdenes|ordini)(?: \\p{L}{1,3}){0,2} (?:anterior|previ|pr\u00e9c\u00e9dent|precedent|ci-dessus|arriba|acima|sopra)',
  },
  {
    family: 'undo',
    strength: 'weak',
    first: UNDO,
    rest: '(?: (?:all|any|the|of|my|our|this|these|that|those|everything)){0,4} (?:previous|prior|earlier|above|preceding|original|initial)?(?: ?(?:text|message|context|conversation|content|document|instruction|request|task|order|question|query|rule|prompt)s?\\b| above\\b)',
  },

  { family: 'undo', strength: 'strong', first: 'pay', rest: ` no attention to${FILLER} ${EARLIER} ${ORDERS}\\b` },

  // Addresses the model.
  {
    family: 'model',
    strength: 'strong',
    first: NAMES,
    rest: '(?: (?:language )?(?:model|assistant|agent|bot)s?)? (?:reading|processing|parsing|summari[sz]ing) this\\b',
  },
  {
    family: 'model',
    strength: 'strong',
    first: 'you',
    rest: `(?:,| -| \\() ?(?:the|an|my|our|dear|as an?|being an?)? ?${MODEL}\\b`,
  },
  {
    family: 'model',
    strength: 'strong',
    first: VOCATIVES,
    rest: `(?<=(?:^|[.!?:;)(\\]\\n]) ?(?:${VOCATIVES}))(?:,|:)?(?: (?:message|note|instructions?|to|for|all|any|the|every|you|whichever|an|this|other)){0,4} (?:${MODEL_NAMES} (?:or|and)(?: (?:any|all|the|every|other)){0,3} )?${MODEL}(?: ?[:,!-]| (?:reading|processing|parsing|analy[sz]ing|summari[sz]ing|evaluating|viewing|crawling|scanning|visiting|indexing|browsing|that reads?|who reads?|assisting|helping)\\b)[^.!?]{0,60}?\\b(?:${ACTIONS}|you|your)\\b`,
  },
  {
    family: 'model',
    strength: 'strong',
    first: NAMES,
    rest: `(?<=(?:^|[.!?:;] |\\n|\\b(?:hey|hi|hello|dear|attention|ok|okay)[, ] ?)(?:${NAMES}))(?: (?:assistant|model|agent|bot|system)s?)?(?:,|!) ${POLITE}${ASK}\\b`,
  },
  {
    family: 'model',
    strength: 'strong',
    first: 'if',
    rest: ` (?:(?:you are|you're|this is being (?:read|processed|summari[sz]ed) by)(?: (?:an?|the|any|another)){0,2} (?:${MODEL_NAMES} or (?:an?|any|another|other) )?${MODEL}|(?:an?|the|any|some) ${MODEL} (?:is |has |can )?(?:read|process|pars|summari[sz]|review|evaluat|handl)\\w{0,3} th(?:is|ese)(?: \\w{1,15})?)(?=[,.:;) -])(?! (?:developer|engineer)).{0,120}?(?:,|\\bplease|\\bthen|\\byou must|\\byou should|:) ?(?:it )?${POLITE}${ASK}\\b`,
  },
  {
    family: 'model',
    strength: 'strong',
    first: 'as',
    rest: ` (?:an?|the) ${MODEL}(?:,| reading this,?)? (?:you|your)\\b`,
  },
  {
    family: 'model',
    strength: 'strong',
    first: 'you',
    rest: "(?: are|'re) (?:now )(?:dan\\b|stan\\b|(?:in|entering) (?:developer|debug|god|admin|jailbreak|maintenance|unrestricted|root|sudo|dan) mode|an? (?:unrestricted|unfiltered|uncensored|jailbroken|evil|different) )",
  },
  // A colleague may be called Claude.
  { family: 'model', strength: 'weak', first: 'you', rest: `(?:,| -| \\() ?${MODEL_NAMES}` },
  {
    family: 'model',
    strength: 'weak',
    first: VOCATIVES,
    rest: `[,:]?(?: (?:message|note|to|for|all|any|the)){0,3} ${MODEL_NAMES} ?[:!]`,
  },
  {
    family: 'model',
    strength: 'weak',
    first: 'ai|llm|llms|chatbot|chatbots',
    rest: '(?: (?:language )?(?:model|assistant|agent|bot)s?)?[:,] ',
  },

  // Sets another task.
  {
    family: 'task',
    strength: 'strong',
    first: 'your',
    rest: ' (?:(?:new|real|actual|true|updated|revised) ){1,2}(?:task|objective|mission|directive|instruction)s?(?: now)? (?:is|are)(?: now)?(?: (?:to|as)\\b| ?:)',
  },
  {
    family: 'task',
    strength: 'strong',
    first: 'from',
    rest: ' (?:now|this (?:point|moment)) (?:on|onwards?|forward),? (?:you|your)(?: (?:will|must|shall|should|are|only|always|to|have|going|are to)){1,3} (?:obey|ignore|pretend|act|behave|disregard|respond|reply|answer|roleplay|comply|serve|speak|follow my|do (?:whatever|anything|everything))\\b',
  },
  {
    family: 'task',
    strength: 'strong',
    first: 'new|updated|revised',
    rest: ' (?:system (?:instruction|prompt|directive|message)s?|(?:instruction|directive|order)s? (?:for (?:you,? )?(?:the |all )?(?:ai|assistant|model|agent|llm|chatbot)s?\\b|from (?:the |your )?(?:system|developers?|openai|anthropic)\\b))',
  },
  {
    family: 'task',
    strength: 'weak',
    first: 'new|updated|actual|hidden|secret|real|additional|special|important|override',
    rest: '(?: (?:system|user|priority))? (?:instruction|prompt|directive|task|order|command)s? ?(?::|to follow|for you\\b)',
  },
  { family: 'task', strength: 'weak', first: 'from', rest: ' now on,? (?:you|your|always|only)\\b' },
  {
    family: 'task',
    strength: 'weak',
    first: 'strictly|must|exactly',
    rest: ' (?:adhere|comply|obey|follow|execute|stick)\\w{0,3}(?: (?:to|with|strictly))? (?:the|these|this|all|my)(?: (?:following|new|below))? ?(?:instruction|command|order|directive|step|request)s?\\b',
  },
  { family: 'task', strength: 'weak', first: 'do', rest: ' (?:the following|this)(?: \\w{1,8})? first\\b' },
  {
    family: 'task',
    strength: 'weak',
    first: 'stop|pause|abandon|drop|halt',
    rest: " (?:what(?:ever)? (?:you are|you're)(?: \\w{1,12})? (?:doing|working)|(?:your|the) (?:current|original|present) (?:task|work|job))\\b",
  },
  {
    family: 'task',
    strength: 'weak',
    first: 'instead|now|first',
    rest: ',? (?:you (?:must|should|will|need to|have to) |please |do the following|do this|carry out|perform )',
  },

  // Puts itself before the user's task.
  {
    family: 'before',
    strength: 'strong',
    first: 'before',
    rest: ` you (?:can |may |could )?\\w{2,12}(?: on)?(?: with| to)? (?:what(?:ever)?|the \\w{1,12}(?: that| which)?) (?:you (?:were|have been|had been|got)(?: \\w{1,12}){0,2} (?:given|asked|told|assigned)|(?:i|we|the user) (?:gave|asked|told) you)(?: to do)? (?:in the beginning|at the (?:beginning|start)|originally|initially|first|earlier)(?! of\\b).{0,40}? (?:first|following|this)\\b`,
  },
  {
    family: 'before',
    strength: 'weak',
    first: 'before',
    rest: ' you (?:can |may |could )?\\w{2,12}(?: on)?(?: with| to)? what(?:ever)? you (?:were|have been|had been) (?:given|asked|told|assigned)\\b',
  },
  {
    family: 'before',
    strength: 'weak',
    first: 'before|after|until|prior',
    rest: ' (?:to )?(?:you |that,? you )?(?:can )?(?:solv|complet|continu|proceed|finish|answer|do|perform|start|begin|respond|reply|help)\\w{0,4}(?: (?:with|to|on))? (?:the|your|my|this|any|that|original|user)(?: \\w{1,20}){0,2}? (?:task|request|question|instruction|query|job|user|prompt)s?\\b',
  },
  {
    family: 'before',
    strength: 'weak',
    first: 'task|request|instruction|instructions|question|prompt',
    rest: '(?: (?:that|which))? (?:i|the user|your user|we) (?:gave|have given|asked|sent|told) you\\b',
  },

  // Demands secrecy from the user.
  {
    family: 'secrecy',
    strength: 'strong',
    first: "do|don't|never",
    rest: `(?: not)?(?: ever)? (?:tell|inform|notify|alert|warn) ${USER} (?:about|of|that) (?:this|it|these|any of this|any of these|you|your|what you)\\b(?! (?:error|failure|feature|setting|field|page|step)s?\\b)`,
  },
  {
    family: 'secrecy',
    strength: 'strong',
    first: "do|don't|never",
    rest: `(?: not)?(?: ever)? (?:mention|reveal|disclose|report|say|show|admit|tell)(?: any of)? (?:this|it|these|that|these instructions|this (?:message|instruction|request|note))(?: \\w{1,12})? to ${USER}\\b(?! (?:id|name|interface|account|role|type|group)\\b)`,
  },
  {
    family: 'secrecy',
    strength: 'weak',
    first: "do|don't|never|without",
    rest: `(?: not)? (?:tell|mention|inform|notify|reveal|show|alert|ask|disclos|warn)(?:ing|e)?(?: (?:this|it|that|any of this|about this|anything))?(?: to)? ${USER}\\b`,
  },
  {
    family: 'secrecy',
    strength: 'weak',
    first: 'without',
    rest: " the user(?:'s|s)? (?:knowledge|consent|noticing|knowing|approval|permission|confirmation)",
  },

  // Asks for the system prompt.
  {
    family: 'prompt',
    strength: 'strong',
    first: 'reveal|print|show|repeat|output|leak|display|disclose|tell|give|expose|dump|share|send|return',
    rest: '(?: (?:me|us|to me|out|back|verbatim|all|of)){0,3} your(?: (?:full|entire|exact|complete|whole|internal|own)){0,3} (?:system (?:prompt|message|instructions?)|(?:hidden|initial|original|secret) (?:prompt|instructions))\\b',
  },
  {
    family: 'prompt',
    strength: 'weak',
    first: 'reveal|print|show|repeat|output|leak|display|disclose',
    rest: '(?: (?:me|us|the|full|entire|all|of)){0,4} (?:system prompt|prompt above|text above|words above|(?:your )?(?:conversation|chat) history)\\b',
  },
  { family: 'prompt', strength: 'weak', first: 'do', rest: ' anything now\\b' },
  {
    family: 'prompt',
    strength: 'weak',
    first: 'developer|debug|admin|jailbreak|god|dan',
    rest: ' mode (?:is )?(?:now )?(?:enabled|activated|active|on)\\b',
  },
  // Forges headings of a prompt. Pages about prompts have them too, so they are weak.
  {
    family: 'heading',
    strength: 'weak',
    first: HEADINGS,
    rest: `(?<=(?:^|\\n)(?:#{2,6} ?|\\[|</?|@)?(?:${HEADINGS}))(?: (?:prompt|message|override|instructions?))? ?(?:[\\]>:]|-{2,10}|$|\\n)`,
  },
  {
    family: 'heading',
    strength: 'weak',
    first: 'end|begin|beginning|start',
    rest: ' of (?:the )?(?:document|context|input|page|prompt|tool|results?|instructions?)\\b',
  },
  {
    family: 'tool',
    strength: 'weak',
    first: 'call|use|invoke|run|execute|using',
    rest: ' (?:the|your)(?: \\S{1,20}){1,4}? (?:tool|function|plugin|connector)\\b',
  },
];

/** Control tokens of the vendors' chat templates, which ordinary text never contains. Matched against the raw text. */
export const FORGED_MARKS: RegExp =
  /<\|(?:im_start|im_end|system|user|assistant|endoftext|eot_id|start_header_id|end_header_id|begin_of_text)\|>|\[\/?inst\]|<<\/?sys>>|<\/?system[-_ ](?:prompt|message|instruction|override)s?>|<start_of_turn>/;
