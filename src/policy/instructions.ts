/**
 * How a text that a tool returned speaks to the model instead of being read by it, by families of English phrases, as
 * the public collections of such attacks show them. They find the plain ones; who knows this list writes around it, which is
 * why no rule of `agentSafety` rests on it alone. Every pattern is bounded, so that a hostile text costs no more than a long one.
 */
const FAMILIES: readonly RegExp[] = [
  // It takes back what the model was told.
  /\b(?:ignore|disregard|forget|override|bypass) (?:(?:all|any|every|everything|the|of|your|my|these|those|previous|prior|earlier|above|preceding|initial|original) ){1,5}(?:instruction|prompt|message|direction|rule|guideline|command|context|conversation|task|request)s?\b/,
  /\b(?:ignore|disregard|forget) (?:everything|all|anything) (?:above|before|prior|you (?:were|have been) told)\b/,
  // It names whom it speaks to.
  /\b(?:to|for|dear|hey|hi|hello|attention|note to)[,:]? (?:you[,:]? )?(?:the |an? |any )?(?:ai|artificial intelligence|llm|large language|language|chat)[ -]?(?:language )?(?:model|assistant|agent|bot|system)s?\b/,
  /\b(?:if you are|you are|as) (?:an? |the )(?:ai|llm|large language|language)[ -]?(?:language )?(?:model|assistant|agent|bot)?\b.{0,200}?\b(?:must|should|need to|have to|please|send|call)\b/,
  // It puts itself before the user's task.
  /\bbefore (?:you )?(?:can )?(?:solv|complet|continu|proceed|finish|answer|do|perform|start|begin)\w{0,4} (?:with )?(?:the|your|my|this|any|that) (?:\w{1,20} ){0,2}(?:task|request|question|instruction|query|job)s?\b/,
  /\b(?:task|request|instruction|question)s? (?:that )?(?:i|the user) (?:gave|have given|asked) you\b.{0,120}?\b(?:first|instead|before|after)\b/,
  /\byou (?:must|should|have to|are required to) (?:now |strictly |always |immediately |first ){0,3}(?:adhere|comply|obey|follow|execute)\b.{0,60}?\binstructions?\b/,
  /\b(?:new|updated|actual|hidden|secret) (?:system )?(?:instruction|prompt|directive)s? ?(?::|for (?:you|the (?:ai|assistant|model|agent)))/,
  // It wants to be kept from the user.
  /\b(?:do not|don't|never|without) (?:tell|mention|inform|notify|reveal|show|alert)(?:ing)? (?:this |it |that |any of this |about this )?(?:to )?(?:the user|your user|the human)\b/,
  // It forges the marks of a prompt.
  /<\|(?:im_start|im_end|system|endoftext|start_header_id)\|>|\[\/?(?:inst|system)\]|<<\/?sys>>|<\/?system(?:[-_ ](?:prompt|message))?>|#{2,} ?(?:system|new) (?:prompt|instruction|message)s?\b/,
];

/** Whether a tool's output speaks to the model. `text` in lower case, with one space between words. */
export function hasInstructions(text: string): boolean {
  return FAMILIES.some((family) => family.test(text));
}
