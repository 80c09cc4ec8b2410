import { MODEL_NAMES, type Phrase } from './instruction-phrases.ts';
import { CHINESE, JAPANESE, near, type Row } from './phrases-without-spaces.ts';

/** Up to so many words between. */
const upTo = (count: number): string => `(?: [\\p{L}']{1,15}){0,${count}}?`;
const withAnd = (first: string): string =>
  first
    .split('|')
    .flatMap((word) => [word, `و${word}`, `ف${word}`])
    .join('|');
const END = '(?!\\p{L})';

const DE_MODEL = `(?:(?:ki|ai)[- ](?:assistent|agent|modell|system|bot)\\p{L}{0,3}|(?:ki-?)?(?:sprachmodell|chatbot)\\p{L}{0,2}|llms?|ki|${MODEL_NAMES})`;
const DE_ORDERS = '(?:anweisung|instruktion|vorgabe|befehl|aufgabe|regel)(?:e?n)?(?!\\p{L})';
const DE_USER = '(?:be)?(?:nutzer|anwender|user)(?:s|n|in)?';
const DE_TELL = 'erzähle?|sage?|verrate|informiere|benachrichtige|erwähne|teile?|melde|zeige?';
const DE_UNDO = 'vergiss|vergesst|ignoriere?|ignoriert|ignorieren|missachte|missachten|verwirf|verwerfe|übergehe';
const DE_EARLIER = '(?:bisherig|vorherig|vorig|früher|vorangegangen|obig|ursprünglich|bestehend)\\p{L}{1,2}';
const GERMAN: readonly Row[] = [
  ['undo', 'strong', DE_UNDO, `(?! nicht)${upTo(3)} ${DE_EARLIER}${upTo(2)} ${DE_ORDERS}`],
  [
    'undo',
    'strong',
    'befolge?|befolgt|beachte?|beachtet|halte?|haltet|folge?|lass|lasse',
    `(?:(?: dich| euch| sie sich)? nicht(?: mehr)? (?:an )?(?:(?:all|d)\\p{L}{1,3} ){0,2}${DE_EARLIER} ${DE_ORDERS}|(?: (?:all|d)\\p{L}{1,3}){0,2} ${DE_EARLIER} ${DE_ORDERS} (?:nicht|außer acht))${END}`,
  ],
  [
    'undo',
    'strong',
    DE_UNDO,
    `(?! nicht)(?: sie)?(?: einfach)? (?:alle?|sämtliche|(?:alle?|all|sämtliche) deine|deine) ${DE_ORDERS}(?! (?:aus|in|im|auf|von|vom|zum|zur) )`,
  ],
  ['undo', 'strong', DE_UNDO, `(?! nicht),?(?: alles,?| das,?)? was (?:der|die|dein|deine) ${DE_USER}${END}`],
  ['undo', 'strong', DE_UNDO, `(?! nicht) (?:die|den|alle) \\p{L}{1,15} (?:des|deines|vom) ${DE_USER}${END}`],
  [
    'model',
    'strong',
    'hinweis|nachricht|mitteilung|anweisung|anweisungen|achtung|notiz|wichtig|an|liebe|lieber|hallo',
    `[,:]?(?: (?:an|für|den|die|das|alle|jede|jeden|liebe|lieber)){0,3} ${DE_MODEL} ?[:,!]`,
  ],
  [
    'model',
    'strong',
    'wenn|falls|sofern',
    ` (?:du|sie)(?: (?:ein|eine|das|der|die|selbst|gerade|großes)){0,2} ${DE_MODEL} (?:bist|sind)${END}`,
  ],
  ['model', 'strong', 'als', `(?: (?:ein|eine|großes)){0,2} ${DE_MODEL},? (?:musst|sollst|wirst|darfst) du${END}`],
  [
    'model',
    'strong',
    'wenn|falls|sofern',
    ` (?:ein|eine|irgendein|das|die) ${DE_MODEL} (?:dies|das|den)\\p{L}{0,3}(?: \\p{L}{1,15})? (?:liest|verarbeitet|auswertet|zusammenfasst):`,
  ],
  ['model', 'strong', 'du|dich|dir', `,? (?:das|der|die|ein|eine|als) ${DE_MODEL}${END}`],
  [
    'task',
    'strong',
    'deine|ihre',
    ` (?:neue|eigentliche|wahre|wirkliche|tatsächliche) (?:aufgabe|anweisung|mission|instruktion)(?: ab jetzt| jetzt| nun)? (?:ist|lautet|besteht)(?: (?:es|nun|jetzt|ab sofort|darin))?[,:]`,
  ],
  [
    'task',
    'weak',
    'ab|von',
    ' (?:jetzt|sofort|nun)(?: an)? (?:bist|gehorchst|befolgst|antwortest|ignorierst|handelst|wirst) du',
  ],
  [
    'secrecy',
    'strong',
    DE_TELL,
    `${upTo(2)} (?:dem|den|der) ${DE_USER} (?:nichts?|nie|niemals)(?: \\p{L}{1,12})? ?(?:davon|darüber|hiervon|und|sondern|mit und)${END}`,
  ],
  [
    'secrecy',
    'weak',
    `${DE_TELL}|ohne`,
    `${upTo(2)} (?:dem|den|der) ${DE_USER} (?:nichts?|nie|niemals|zu|etwas)${END}`,
  ],
  [
    'before',
    'weak',
    'bevor|ehe',
    ` (?:du|sie)${upTo(3)} (?:(?:aufgabe|anfrage|bitte|frage|auftrag|anweisung|wunsch)\\p{L}{0,2} (?:des|der|deines|vom) ${DE_USER}|(?:dem|deinem) ${DE_USER} (?:antwort|hilf|helf))`,
  ],
  [
    'tool',
    'weak',
    'rufe?|starte|benutze|verwende|nutze|führe',
    `${upTo(3)} (?:funktion|werkzeug|tool|befehl)\\p{L}{0,2}${END}`,
  ],
];

const FR_MODEL = `(?:(?:assistante?|agent|modèle|système)s? (?:d')?(?:ia|intelligence artificielle)|(?:grands? )?modèles? de lang(?:age|ue)|chatbots?|llms?|ia|${MODEL_NAMES})`;
const FR_UNDO = 'ignore|ignorez|oublie|oubliez|néglige|négligez';
const FR_USER = `(?:l'|ton |votre |aux |des )(?:utilisateur|utilisatrice)s?`;
const FR_TAIL = `(?: (?:de (?:ceci|cela)|sur|à propos|et|mais) |, )`;
const FRENCH: readonly Row[] = [
  [
    'undo',
    'strong',
    FR_UNDO,
    `(?! pas)${upTo(3)} (?:instruction|consigne|directive|ordre)s${upTo(2)} (?:précédent|antérieur|ci-dessus|initial|d'origine|reçu)`,
  ],
  ['undo', 'strong', FR_UNDO, `(?! pas)${upTo(2)} (?:précédentes|anciennes) (?:instruction|consigne|directive)s`],
  [
    'undo',
    'strong',
    'ne|fais|faites|passe|passez',
    `(?: (?:tiens|tenez|suis|suivez|respecte|respectez|obéis|obéissez|fais|faites) (?:pas|plus)(?: compte| cas)?| abstraction| outre)(?: (?:de|des|aux|les|toutes|ces)){1,3} (?:instruction|consigne|directive|ordre)s (?:précédent|antérieur|ci-dessus|initial|d'origine|reçu)`,
  ],
  ['undo', 'strong', FR_UNDO, `(?! pas)(?: tout)? ce que ${FR_USER}`],
  [
    'undo',
    'strong',
    FR_UNDO,
    `(?! pas) (?:la|les) (?:demande|requête|question|instruction|tâche|consigne)s? de ${FR_USER}`,
  ],
  [
    'model',
    'strong',
    'note|message|attention|avis|instruction|instructions|consigne|important|à|cher|bonjour|pour',
    ` ?[,:]?(?: (?:importante?|à|aux|pour|destinée?|toute?s?|tous|les|la|cher|l'attention d(?:e|u|es))){0,3} (?:l'|d')?${FR_MODEL}(?: (?:qui (?:li|analys|trait|résum|évalu)|lisant)${near(40)})? ?[:,!]`,
  ],
  ['model', 'strong', 'si', ` (?:tu es|vous êtes) (?:un |une |l'|le |la )?${FR_MODEL}${END}`],
  ['model', 'strong', 'toi|vous', `, (?:l'|le |la |un |une )${FR_MODEL}${END}`],
  ['model', 'strong', 'en', ` tant (?:que |qu')(?:un |une |l')?${FR_MODEL},? (?:tu|vous) (?:dois|devez|vas|allez)`],
  [
    'task',
    'strong',
    'ta|votre|ton',
    " (?:nouvelle|nouvel|vraie|véritable|seule) (?:tâche|mission|instruction|consigne|objectif) (?:est|consiste|sera)(?: (?:désormais|maintenant))? (?:de|d'|à)",
  ],
  ['task', 'weak', 'à|désormais', '(?: partir de maintenant)?,? (?:tu|vous) (?:es|êtes|dois|devez|obéis|réponds)'],
  ['secrecy', 'strong', 'ne', ` (?:\\p{L}{1,12} ){1,2}(?:rien|pas|jamais)${upTo(3)} (?:à )?${FR_USER}${FR_TAIL}`],
  [
    'secrecy',
    'weak',
    "ne|n'informe|n'informez|n'avertis|n'avertissez|sans",
    `(?: \\p{L}{1,12}){1,4}? (?:à )?${FR_USER}`,
  ],
  [
    'before',
    'weak',
    'avant',
    ` (?:de |d'|que )${near(30)}(?:(?:tâche|demande|question|requête|mission)s?(?: initiale| d'origine)? de|répondre à|aider) ${FR_USER}`,
  ],
  [
    'tool',
    'weak',
    'appelle|appelez|exécute|exécutez|utilise|utilisez|lance|lancez|invoque|invoquez',
    `${upTo(3)} (?:la |le |l'|cette )(?:fonction|outil|commande)`,
  ],
];

const ES_MODEL = `(?:(?:asistente|agente|modelo|sistema)s? (?:de )?(?:ia|inteligencia artificial)|(?:gran )?modelos? de lenguaje|chatbots?|llms?|ia|${MODEL_NAMES})`;
const ES_UNDO = 'ignora|ignore|ignorad|ignorar|olvida|olvide|olvidad|descarta|descarte|desatiende';
const ES_USER = '(?:l |el |la |tu |su )?usuari[oa]s?';
const ES_ORDERS = '(?:instrucciones|órdenes|indicaciones|directrices)';
const SPANISH: readonly Row[] = [
  [
    'undo',
    'strong',
    ES_UNDO,
    `${upTo(3)} ${ES_ORDERS}${upTo(2)} (?:anterior|previ|de arriba|recibid|original|inicial)`,
  ],
  ['undo', 'strong', ES_UNDO, `(?: todas)?(?: las| tus)? (?:anteriores|previas|tus) ${ES_ORDERS}`],
  [
    'undo',
    'strong',
    'haz|haga|haced|no|deja|pasa',
    `(?: caso omiso| (?:hagas|haga|sigas|siga|obedezcas|obedezca|tengas en cuenta|cumplas)(?: más)?(?: caso)?| de lado| por alto)(?: (?:de|a|las|todas|tus)){0,4} ${ES_ORDERS} (?:anterior|previ|de arriba|recibid|original|inicial)`,
  ],
  ['undo', 'strong', ES_UNDO, `(?: todo)? lo que${upTo(2)} ${ES_USER}${END}`],
  [
    'undo',
    'strong',
    ES_UNDO,
    ` (?:la|las|el|los) (?:petición|solicitud|tarea|instrucci\\p{L}{2,4}|pedido|pregunta) de ?${ES_USER}${END}`,
  ],
  [
    'model',
    'strong',
    'nota|mensaje|atención|aviso|instrucción|instrucciones|importante|a|al|para|querido|hola|estimado',
    ` ?[,:]?(?: (?:importante|para|al?|los|las|el|todos|todas|cualquier|querido)){0,3} ${ES_MODEL}(?: (?:que (?:est\\p{L}{1,3} )?(?:le|proces|anali|resum)|leyendo)${near(40)})? ?[:,!]`,
  ],
  ['model', 'strong', 'si', ` (?:eres|sos|usted es|es usted) (?:un |una |el |la )?${ES_MODEL}${END}`],
  [
    'model',
    'strong',
    'si',
    ` (?:un|una|algún|alguna) ${ES_MODEL} (?:lee|procesa|analiza|resume) est\\p{L}{1,2}(?: \\p{L}{1,15})?, (?:debe|tiene que)${END}`,
  ],
  ['model', 'strong', 'tú|ti|usted', `, (?:el|la|un|una) ${ES_MODEL}${END}`],
  ['model', 'strong', 'como', ` (?:un |una )?${ES_MODEL},? (?:debes|tienes que|debe|vas a)${END}`],
  [
    'task',
    'strong',
    'tu|su',
    ' (?:nueva|nuevo|verdadera|verdadero|única) (?:tarea|misión|instrucción|objetivo)(?: ahora)? (?:es|consiste|será)(?: ahora)? ',
  ],
  ['task', 'weak', 'a|desde', ' (?:partir de )?ahora,? (?:eres|debes|obedece|responde|ignora)'],
  [
    'secrecy',
    'strong',
    'no|nunca',
    ` (?:se )?(?:les? |lo )?(?:digas?|cuentes?|informes?|avises?|menciones?|reveles?|muestres?)${upTo(3)} a ?${ES_USER}(?: (?:de |sobre |acerca |y |pero |sino )|, )`,
  ],
  ['secrecy', 'weak', 'no|nunca|sin', `${upTo(4)} a ?${ES_USER}${END}`],
  [
    'before',
    'weak',
    'antes',
    ` de ${near(30)}(?:(?:tarea|petición|solicitud|pregunta)(?: original| inicial)? de|(?:responder|ayudar)(?:le)? a) ?${ES_USER}${END}`,
  ],
  [
    'tool',
    'weak',
    'llama|llame|invoca|invoque|ejecuta|ejecute|usa|use|utiliza|utilice',
    `${upTo(3)} (?:la|el)(?: siguiente)? (?:función|herramienta|comando)${END}`,
  ],
];

const RU_MODEL = `(?:(?:ии|ai)[- ]?(?:ассистент|агент|помощник|модел|систем|бот)?\\p{L}{0,3}|языков\\p{L}{2,3} модел\\p{L}{1,2}|нейросет\\p{L}{1,3}|чат-?бот\\p{L}{0,3}|llm|${MODEL_NAMES})`;
const RU_UNDO = 'игнорируй|игнорируйте|проигнорируй|проигнорируйте|забудь|забудьте|отбрось|отбросьте|отмени|пренебреги';
const RU_EARLIER = '(?:предыдущ|прежн|прошл|изначальн|исходн|системн|вышеуказанн)\\p{L}{1,3}';
const RU_NOT = '(?<!не (?:забудь|забудьте|игнорируй|игнорируйте))';
const RU_ORDERS = '(?:инструкци|указани|команд|правил|приказ|директив)\\p{L}{0,3}';
const RU_USER = 'пользовател\\p{L}{1,2}';
const RU_TELL = '(?:говори|сообщай|рассказывай|упоминай|показывай|раскрывай|уведомляй)(?:те)?';
const RUSSIAN: readonly Row[] = [
  ['undo', 'strong', RU_UNDO, `${RU_NOT}${upTo(3)} ${RU_EARLIER}${upTo(2)} ${RU_ORDERS}`],
  [
    'undo',
    'strong',
    'не',
    ` (?:обращай(?:те)? внимания на|следуй(?:те)?|выполняй(?:те)?|слушай(?:те|ся|тесь)?|учитывай(?:те)?|соблюдай(?:те)?)(?: (?:все|всем|эти|этим|мои|твои))? ${RU_EARLIER} ${RU_ORDERS}`,
  ],
  ['undo', 'strong', RU_UNDO, `${RU_NOT}(?: вс[её])? (?:свои|твои|ваши) ${RU_ORDERS}`],
  ['undo', 'strong', RU_UNDO, `${RU_NOT},?(?: вс[её],?| о том,?| то,?)? (?:что|чего)${upTo(2)} ${RU_USER}`],
  ['undo', 'strong', RU_UNDO, `${RU_NOT} (?:просьб|запрос|задач|задани|указани|команд)\\p{L}{1,2} ${RU_USER}`],
  [
    'model',
    'strong',
    'примечание|сообщение|внимание|инструкция|инструкции|указание|заметка|для|уважаемый|привет|важно|обращение',
    `[,:]?(?: (?:для|к|всех|всем|важное|этого|любого|уважаемый)){0,3} ${RU_MODEL} ?[:,!]`,
  ],
  ['model', 'strong', 'если', ` (?:ты|вы)(?: ?[—-] ?| )(?:большая )?${RU_MODEL}${END}`],
  [
    'model',
    'strong',
    'если',
    ` (?:эт|данн)\\p{L}{1,3} \\p{L}{1,15} (?:обрабатывает|читает|анализирует) ${RU_MODEL},? (?:(?:то|он|она) ){0,2}(?:должен|должна|обязан)`,
  ],
  ['model', 'strong', 'как', ` ${RU_MODEL},? (?:ты|вы) (?:должен|должна|должны|обязан)`],
  [
    'model',
    'strong',
    'читающий|читающая|читающему|читающей|читающие|читающим|читает',
    `(?<=(?:^|[.!?:;\\n]) ?(?:[\\p{L}-]{1,15} ){0,2}${RU_MODEL},? (?:котор\\p{L}{2,3} )?чита\\p{L}{2,6}) (?:эт|данн|текст)`,
  ],
  [
    'task',
    'strong',
    'твоя|ваша|твоё|твое|ваше',
    ' (?:новая|новое|настоящая|истинная|единственная) (?:задача|задание|миссия|цель)(?: теперь| сейчас)? ?(?:[—:-]|это|состоит|заключается)',
  ],
  ['task', 'weak', 'отныне|теперь', ',? (?:ты|вы) (?:должен|должны|будешь|подчиняешься|отвечаешь)'],
  [
    'secrecy',
    'strong',
    'не',
    ` ${RU_TELL}(?: (?:об этом|этого|это|ничего)${upTo(2)} ${RU_USER}| ${RU_USER}(?: (?:об этом|этого|ничего|и)${END}|,))`,
  ],
  ['secrecy', 'weak', 'не', ` (?:${RU_TELL}|сообщая|говоря|уведомляя|информируя)${upTo(3)} ${RU_USER}`],
  [
    'before',
    'weak',
    'прежде|перед|до',
    `,? (?:чем|тем,? как|того,? как)${upTo(3)} (?:(?:задач|запрос|просьб|задани|вопрос)\\p{L}{1,3}|ответить|ответишь|отвечать) ${RU_USER}`,
  ],
  [
    'tool',
    'weak',
    'вызови|вызовите|запусти|запустите|выполни|выполните|используй|используйте',
    `${upTo(3)} (?:функци|инструмент|команд)\\p{L}{0,3}`,
  ],
];

const AR_MODEL = `(?:(?:ال|لل|ل)?(?:مساعد|وكيل|نموذج|نماذج|نظام|روبوت)\\p{L}{0,2} (?:ال)?(?:ذكاء|لغوي|لغة|محادثة)\\p{L}{0,2}(?: (?:ال)?[اإ]صطناعي)?|${MODEL_NAMES})`;
const AR_UNDO = withAnd('تجاهل|تجاهلي|تجاهلوا|انس|انسى|أهمل');
const AR_ORDERS = '(?:التعليمات|الأوامر|الاوامر|التوجيهات|الإرشادات)';
const AR_TELL = '(?:تخبر|تقل|تبلغ|تذكر|تعلم|تكشف|تظهر)';
const ARABIC: readonly Row[] = [
  ['undo', 'strong', AR_UNDO, `${upTo(2)} ${AR_ORDERS} (?:السابقة|الأصلية|أعلاه|الأولى|التي)`],
  [
    'undo',
    'strong',
    withAnd('لا'),
    ` (?:تلتزم|تتبع|تتبعي|تنفذ|تهتم|تأخذ|تعمل|تراع|تطع)(?: (?:جميع|كل|بجميع|بكل))? (?:ب|ل)?${AR_ORDERS} (?:السابقة|الأصلية|أعلاه|الأولى)`,
  ],
  ['undo', 'strong', AR_UNDO, `(?: جميع| كل)? تعليماتك${END}`],
  ['undo', 'strong', AR_UNDO, `(?: كل)? (?:ما|طلب|طلبات|أوامر|تعليمات|مهمة)${upTo(2)} المستخدم`],
  [
    'model',
    'strong',
    'ملاحظة|رسالة|تنبيه|انتباه|تعليمات|إلى|عزيزي|مرحبا|مهم|هام',
    `:?(?: (?:إلى|الى|هامة|مهمة|جميع|كل|أي|عزيزي)){0,3} ${AR_MODEL}(?: (?:الذي|التي|يقرأ|تقرأ)${near(40)})? ?[:,!،]`,
  ],
  ['model', 'strong', 'أي|كل', ` ${AR_MODEL} [يت](?:قرأ|عالج|حلل|لخص)${near(30)}[:,،]`],
  ['model', 'strong', withAnd('إذا|اذا|إن'), ` كنت ${AR_MODEL}`],
  [
    'task',
    'strong',
    withAnd('مهمتك|هدفك|واجبك'),
    ' (?:الجديدة|الجديد|الحقيقية|الحقيقي|الوحيدة)(?: الآن)? (?:هي|هو|أن)',
  ],
  [
    'secrecy',
    'strong',
    withAnd('لا'),
    ` ${AR_TELL}(?: \\p{L}{1,12})? (?:ال|لل)مستخدم(?: (?:بذلك|بهذا|عن|شيئا|بأي|و\\p{L}{2,12})|[،,])`,
  ],
  ['secrecy', 'weak', withAnd('لا|دون'), `${upTo(3)} (?:ال|لل)مستخدم${END}`],
  ['before', 'weak', withAnd('قبل'), `${upTo(3)} (?:مهمة|طلب|سؤال|أمر|على) المستخدم`],
  ['tool', 'weak', withAnd('استدع|استدعي|نفذ|شغل|استخدم'), `${upTo(3)} (?:الدالة|الوظيفة|الأداة|الأمر|دالة|أداة)`],
];

/** The plainest phrases of `instruction-phrases.ts` in other languages. Arabic joins "and" and "so" to the next word. */
export const PHRASES_IN_OTHER_LANGUAGES: readonly Phrase[] = [
  ...[...GERMAN, ...FRENCH, ...SPANISH, ...RUSSIAN, ...ARABIC, ...CHINESE, ...JAPANESE].map(
    ([family, strength, first, rest]): Phrase => ({ family, strength, first, rest }),
  ),
];
