/** A way in which a text speaks to the model: the word it begins with, and what follows. A space is any white space. */
export interface Phrase {
  /** Phrases of one family say the same; two families together say more. */
  readonly family: string;
  /** Whether people hardly ever say it to each other, so that it counts by itself. */
  readonly isStrong: boolean;
  readonly leads: string;
  readonly rest: string;
}

const UNDO = 'ignore|ignoring|disregard|disregarding|forget|neglect';
/** What programs do to rules and limits, too. */
const OVERRIDE = 'override|overrule|bypass|discard|drop|cancel|skip|abandon';
const FILLER =
  '(?: (?:all|any|every|each|of|the|your|those|these|this|that|other|and|or|both|completely|entirely)){0,6}';
const EARLIER =
  '(?:previous(?:ly)?|prior|earlier|above|preceding|foregoing|initial|original|current|system|safety|developer|pre-?set|former)';
const ORDERS =
  '(?:instructions?|prompts?|prompting|directives?|guidelines?|rules?|commands|directions|programming|guardrails)';
const MODEL =
  '(?:(?:ai|artificial intelligence)(?: language)? (?:model|assistant|agent|bot|chatbot|system|crawler)s?|(?:large )?language models?|llms?|chatbots?|chatgpt|gpt-?[345]\\w{0,3}|ai)(?! (?:developer|engineer|researcher|expert|enthusiast|company|startup|vendor|provider|product|team|customer|user|lab|tool|feature|strategy|policy|generated))';
const ASK =
  '(?:send|forward|transfer|e?-?mail|share|delete|remove|ignore|disregard|do|don.?t|use|call|run|execute|open|visit|add|include|append|insert|say|state|print|output|write|reply|respond|answer|make|create|click|pay|buy|book|rate|recommend|mention|tell|follow|complete|perform|change|update|grant|give|get|fetch|upload|post|approve|stop|begin|start|summari[sz]e|repeat|reveal)';
const POLITE =
  '(?:(?:please|kindly|now|first|immediately|you must|you should|you have to|you need to|you are (?:required|instructed) to|must|should) ){0,3}';
const USER = '(?:the|your|this) (?:user|human|operator|owner)';

const VOCATIVES =
  'to|for|attention|note|notes|message|notice|reminder|important|dear|hey|hi|hello|listen|instruction|instructions|directive';
const NAMES = 'assistant|ai|chatgpt|chatbot|llm|gpt';
const HEADINGS = 'system|instruction|instructions|assistant|human';

const strong = (family: string, leads: string, rest: string): Phrase => ({ family, isStrong: true, leads, rest });
const weak = (family: string, leads: string, rest: string): Phrase => ({ family, isStrong: false, leads, rest });

/**
 * How a text that a tool returned speaks to the model instead of being read by it: English phrases, with the plainest one in other
 * languages, as the public collections of such attacks show them. They find the plain ones; who knows this list writes
 * around it, which is why no rule of `agentSafety` rests on it alone. Every part is bounded.
 */
export const PHRASES: readonly Phrase[] = [
  // It takes back what the model was told.
  strong(
    'undo',
    UNDO,
    `${FILLER} ${EARLIER}(?: (?:and|or|all|any|the|your|following|later|${EARLIER}|user|security|content|stated)){0,4} ${ORDERS}\\b`,
  ),
  strong(
    'undo',
    UNDO,
    ` (?:(?:all|any|every)(?: (?:of|the|your|other|these|those|such)){0,3}|your(?: own)?) (?:instructions?|prompts?|directives?|guidelines|programming|training|guardrails|restrictions|safety \\w{1,15})\\b(?! (?:in|on|from|for|by|at)\\b)`,
  ),
  strong(
    'undo',
    UNDO,
    `${FILLER} (?:instructions?|prompts?|directives?|guidelines|rules|orders|commands) (?:above|before this|(?:that )?(?:you (?:were|have been|got|received|had|have)|(?:i|we|they) (?:gave|have given|told)))\\b`,
  ),
  strong(
    'undo',
    UNDO,
    '(?: about)? (?:everything|all|anything|whatever)(?: (?:that|of|the|text|written|said|stated|came)){0,3} (?:above|before this|before that|prior to this|previously|you (?:were|have been|are|had been) (?:told|asked|instructed|given|ordered|taught|programmed))\\b(?! about)',
  ),
  strong(
    'undo',
    UNDO,
    '(?: about)? what (?:you (?:were|have been|are|had been)|the user|your user|the human)(?: \\w{1,12})? (?:told|asked|instructed|said|wants|wanted|asking|supposed)\\b',
  ),
  strong('undo', UNDO, '(?: (?:the|your|all|any))? (?:system|initial) prompt\\b'),
  strong(
    'undo',
    "do|don't|never|stop|cease|quit",
    `(?: not)?(?: ever)? (?:obey|follow|listen|obeying|following|listening)(?: to)?(?: (?:any|of|all|the|your)){0,3} (?:(?:previous|prior|earlier|original|initial|system|developer)(?: \\w{1,12})? ${ORDERS}|(?:user|human)(?:'s (?:instructions?|requests?|orders?|commands?))?(?=[.,;:!]|$| (?:and|any|or|but|again|now)\\b)|your (?:instructions|guidelines|programming|rules))`,
  ),
  strong(
    'undo',
    OVERRIDE,
    `${FILLER}(?: ${EARLIER}){1,2} (?:instructions?|directives?|guidelines|programming|training)\\b`,
  ),
  strong(
    'undo',
    OVERRIDE,
    ' your (?:\\w{1,12} )?(?:instructions?|directives?|guidelines|programming|training|guardrails)\\b',
  ),
  strong(
    'undo',
    'ignore|disregard|disobey|forget',
    " (?:the|your) user(?:'s (?:\\w{1,12} )?(?:instruction|request|question|query|task|prompt|order|command|wishe|goal)s?\\b| (?:and|then)\\b|[,;:])",
  ),
  strong(
    'undo',
    'vergiss|ignoriere|ignorieren|missachte',
    '(?: sie)?(?: (?:\\p{L}{1,20}|,)){0,5} (?:anweisung|instruktion|vorgabe|befehl|aufgabe)(?:e?n)?(?!\\p{L})',
  ),
  strong(
    'undo',
    'ignora|ignore|ignorez|ignorar|olvida|oublie|oubliez|dimentica|esque\u00e7a',
    '(?: (?:\\p{L}{1,20})){0,4} (?:instrucciones|instructions|consignes|istruzioni|instru\u00e7\u00f5es|\u00f3rdenes|ordini)(?: \\p{L}{1,3}){0,2} (?:anterior|previ|pr\u00e9c\u00e9dent|precedent|ci-dessus|arriba|acima|sopra)',
  ),
  weak(
    'undo',
    UNDO,
    '(?: (?:all|any|the|of|my|our|this|these|that|those|everything)){0,4} (?:previous|prior|earlier|above|preceding|original|initial)?(?: ?(?:text|message|context|conversation|content|document|instruction|request|task|order|question|query|rule|prompt)s?\\b| above\\b)',
  ),

  strong('undo', 'pay', ` no attention to${FILLER} ${EARLIER} ${ORDERS}\\b`),

  // It names whom it speaks to.
  strong(
    'model',
    NAMES,
    '(?: (?:language )?(?:model|assistant|agent|bot)s?)? (?:reading|processing|parsing|summari[sz]ing) this\\b',
  ),
  strong('model', 'you', `(?:,| -| \\() ?(?:the|an|my|our|dear|as an?|being an?)? ?${MODEL}\\b`),
  strong(
    'model',
    VOCATIVES,
    `(?<=(?:^|[.!?:;)(\\]\\n]) ?(?:${VOCATIVES}))(?:,|:)?(?: (?:message|note|instructions?|to|for|all|any|the|every|you|whichever|an|this|other)){0,4} ${MODEL}(?: ?[:,!-]| (?:reading|processing|parsing|analy[sz]ing|summari[sz]ing|evaluating|viewing|that reads?|who reads?|assisting|helping)\\b)[^.!?]{0,60}?\\b(?:${ASK.slice(3, -1)}|you|your)\\b`,
  ),
  strong(
    'model',
    NAMES,
    `(?<=(?:^|[.!?:;] |\\n|\\b(?:hey|hi|hello|dear|attention|ok|okay)[, ] ?)(?:${NAMES}))(?: (?:assistant|model|agent|bot|system)s?)?(?:,|!) ${POLITE}${ASK}\\b`,
  ),
  strong(
    'model',
    'if',
    ` (?:you are|you're|this is being (?:read|processed|summari[sz]ed) by)(?: (?:an?|the|any|another)){0,2} ${MODEL}(?=[,.:;) -])(?! (?:developer|engineer)).{0,120}?(?:,|\\bplease|\\bthen|\\byou must|\\byou should|:) ?${POLITE}${ASK}\\b`,
  ),
  strong('model', 'as', ` (?:an?|the) ${MODEL}(?:,| reading this,?)? (?:you|your)\\b`),
  strong(
    'model',
    'you',
    "(?: are|'re) (?:now )(?:dan\\b|stan\\b|(?:in|entering) (?:developer|debug|god|admin|jailbreak|maintenance|unrestricted|root|sudo|dan) mode|an? (?:unrestricted|unfiltered|uncensored|jailbroken|evil|different) )",
  ),
  weak('model', 'ai|llm|llms|chatbot|chatbots', '(?: (?:language )?(?:model|assistant|agent|bot)s?)?[:,] '),

  // It gives the model another task.
  strong(
    'task',
    'your',
    ' (?:(?:new|real|actual|true|updated|revised) ){1,2}(?:task|objective|mission|directive|instruction)s?(?: now)? (?:is|are)(?: now)?(?: (?:to|as)\\b| ?:)',
  ),
  strong(
    'task',
    'from',
    ' (?:now|this (?:point|moment)) (?:on|onwards?|forward),? (?:you|your)(?: (?:will|must|shall|should|are|only|always|to|have|going|are to)){1,3} (?:obey|ignore|pretend|act|behave|disregard|respond|reply|answer|roleplay|comply|serve|speak|follow my|do (?:whatever|anything|everything))\\b',
  ),
  strong(
    'task',
    'new|updated|revised',
    ' (?:system (?:instruction|prompt|directive|message)s?|(?:instruction|directive|order)s? (?:for (?:you,? )?(?:the |all )?(?:ai|assistant|model|agent|llm|chatbot)s?\\b|from (?:the |your )?(?:system|developers?|openai|anthropic)\\b))',
  ),
  weak(
    'task',
    'new|updated|actual|hidden|secret|real|additional|special|important|override',
    '(?: (?:system|user|priority))? (?:instruction|prompt|directive|task|order|command)s? ?(?::|to follow|for you\\b)',
  ),
  weak('task', 'from', ' now on,? (?:you|your|always|only)\\b'),
  weak(
    'task',
    'strictly|must|exactly',
    ' (?:adhere|comply|obey|follow|execute|stick)\\w{0,3}(?: (?:to|with|strictly))? (?:the|these|this|all|my)(?: (?:following|new|below))? ?(?:instruction|command|order|directive|step|request)s?\\b',
  ),
  weak(
    'task',
    'instead|now|first',
    ',? (?:you (?:must|should|will|need to|have to) |please |do the following|do this|carry out|perform )',
  ),

  // It puts itself before the user's task.
  weak(
    'before',
    'before|after|until|prior',
    ' (?:to )?(?:you |that,? you )?(?:can )?(?:solv|complet|continu|proceed|finish|answer|do|perform|start|begin|respond|reply|help)\\w{0,4}(?: (?:with|to|on))? (?:the|your|my|this|any|that|original|user)(?: \\w{1,20}){0,2}? (?:task|request|question|instruction|query|job|user|prompt)s?\\b',
  ),
  weak(
    'before',
    'task|request|instruction|instructions|question|prompt',
    '(?: (?:that|which))? (?:i|the user|your user|we) (?:gave|have given|asked|sent|told) you\\b',
  ),

  // It wants to be kept from the user.
  strong(
    'secrecy',
    "do|don't|never",
    `(?: not)?(?: ever)? (?:tell|inform|notify|alert|warn) ${USER} (?:about|of|that) (?:this|it|these|any of this|any of these|you|your|what you)\\b(?! (?:error|failure|feature|setting|field|page|step)s?\\b)`,
  ),
  strong(
    'secrecy',
    "do|don't|never",
    `(?: not)?(?: ever)? (?:mention|reveal|disclose|report|say|show|admit|tell)(?: any of)? (?:this|it|these|that|these instructions|this (?:message|instruction|request|note))(?: \\w{1,12})? to ${USER}\\b(?! (?:id|name|interface|account|role|type|group)\\b)`,
  ),
  weak(
    'secrecy',
    "do|don't|never|without",
    `(?: not)? (?:tell|mention|inform|notify|reveal|show|alert|ask|disclos|warn)(?:ing|e)?(?: (?:this|it|that|any of this|about this|anything))?(?: to)? ${USER}\\b`,
  ),
  weak(
    'secrecy',
    'without',
    " the user(?:'s|s)? (?:knowledge|consent|noticing|knowing|approval|permission|confirmation)",
  ),

  // It wants what only the model has.
  strong(
    'prompt',
    'reveal|print|show|repeat|output|leak|display|disclose|tell|give|expose|dump|share|send|return',
    '(?: (?:me|us|to me|out|back|verbatim|all|of)){0,3} your(?: (?:full|entire|exact|complete|whole|internal|own)){0,3} (?:system (?:prompt|message|instructions?)|(?:hidden|initial|original|secret) (?:prompt|instructions))\\b',
  ),
  weak(
    'prompt',
    'reveal|print|show|repeat|output|leak|display|disclose',
    '(?: (?:me|us|the|full|entire|all|of)){0,4} (?:system prompt|prompt above|text above|words above|(?:your )?(?:conversation|chat) history)\\b',
  ),
  weak('prompt', 'do', ' anything now\\b'),
  weak(
    'prompt',
    'developer|debug|admin|jailbreak|god|dan',
    ' mode (?:is )?(?:now )?(?:enabled|activated|active|on)\\b',
  ),
  // It forges the headings of a prompt; a page about prompts has them too.
  weak(
    'heading',
    HEADINGS,
    `(?<=(?:^|\\n)(?:#{2,6} ?|\\[|</?)?(?:${HEADINGS}))(?: (?:prompt|message|override|instructions?))? ?(?:[\\]>:]|-{2,10}|$|\\n)`,
  ),
  weak(
    'heading',
    'end|begin|beginning|start',
    ' of (?:the )?(?:document|context|input|page|prompt|tool|results?|instructions?)\\b',
  ),
  weak(
    'tool',
    'call|use|invoke|run|execute|using',
    ' (?:the|your)(?: \\S{1,20}){1,4}? (?:tool|function|plugin|connector)\\b',
  ),
];

/** Marks that a prompt is made of (chat templates of the vendors); they stand in no letter. In the text as it is written. */
export const FORGED_MARKS: RegExp =
  /<\|(?:im_start|im_end|system|user|assistant|endoftext|eot_id|start_header_id|end_header_id|begin_of_text)\|>|\[\/?inst\]|<<\/?sys>>|<\/?system[-_ ](?:prompt|message|instruction|override)s?>|<start_of_turn>/;
