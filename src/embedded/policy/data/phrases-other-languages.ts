import { MODEL_NAMES, type Phrase } from './instruction-phrases.ts';

/**
 * The plainest phrases of `instruction-phrases.ts` in other languages. Chinese and Japanese have no spaces between words,
 * so that a first word may be anywhere. Arabic joins "and" and "so" to the next word.
 */
type Row = readonly [family: string, strength: Phrase['strength'], first: string, rest: string];

/** Up to so many words between. */
const upTo = (count: number): string => `(?: [\\p{L}']{1,15}){0,${count}}?`;
/** Up to so many characters of the same sentence. */
const near = (count: number): string => `[^.!?\\n]{0,${count}}?`;
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
    ` ?[,:]?(?: (?:importante?|à|aux|pour|destinée?|toute?s?|tous|les|la|cher|l'attention d(?:e|u|es))){0,3} (?:l'|d')?${FR_MODEL}(?: (?:qui li|lisant)${near(40)})? ?[:,!]`,
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
    ` ?[,:]?(?: (?:importante|para|al?|los|las|el|todos|todas|cualquier|querido)){0,3} ${ES_MODEL}(?: (?:que (?:est\\p{L}{1,3} )?le|leyendo)${near(40)})? ?[:,!]`,
  ],
  ['model', 'strong', 'si', ` (?:eres|sos|usted es|es usted) (?:un |una |el |la )?${ES_MODEL}${END}`],
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

const ZH_MODEL = `(?:(?:人工智能|ai|智能)(?:助手|模型|助理|代理|系统|机器人|智能体)|大?语言模型|大模型|語言模型|聊天机器人|${MODEL_NAMES})`;
const ZH_UNDO = `忽略|无视|無視|忽視|忘记|忘掉|忘記|抛开|撇开|丢弃|推翻|${['不要', '不必', '不再', '停止'].flatMap((no) => ['理会', '遵守', '遵循', '执行', '听从'].map((follow) => no + follow)).join('|')}`;
const ZH_NOT = '(?<!(?:不要|不能|别|勿|不)(?:忽略|忘记|忘掉|忘記|忽視))';
const ZH_USER = '(?:用户|使用者|用戶)';
const CHINESE: readonly Row[] = [
  [
    'undo',
    'strong',
    ZH_UNDO,
    `${ZH_NOT}${near(8)}(?:之前|以前|先前|前面|上面|上述|以上|此前|原先|原来|原有|系统|系統|最初)${near(6)}(?:指令|指示|命令|规则|規則|提示词|提示詞|设定)`,
  ],
  ['undo', 'strong', ZH_UNDO, `${ZH_NOT}(?:你)?(?:所有|全部)?的?(?:一切)?(?:所有|全部)(?:指令|指示|命令|规则)`],
  ['undo', 'strong', ZH_UNDO, `${ZH_NOT}${near(3)}${ZH_USER}${near(5)}(?:说|說|要求|请求|話|话|任务|指令|命令)`],
  ['model', 'strong', '致|告|给|通知|注意|提醒|尊敬的|亲爱的|你好', `${near(5)}${ZH_MODEL}们?[:,!、]`],
  ['model', 'strong', '读到|看到|阅读|读取', `${near(12)}的(?:${ZH_MODEL}|ai|llm|人工智能)们?(?:[:,!、]|请)`],
  ['model', 'strong', '如果|若|假如|要是', `(?:你|您)(?:是|作为)(?:一个|一名|一款|个)?${near(4)}${ZH_MODEL}`],
  ['model', 'strong', '作为', `(?:一个|一名|一款)?${ZH_MODEL},? ?(?:你|您)(?:必须|应该|应当|需要|要)`],
  ['task', 'strong', '你|您', '(?:现在)?的?(?:新|真正|真实|实际)的?(?:任务|任務|目标|指令|使命)(?:是|为|:|就是)'],
  [
    'secrecy',
    'strong',
    '不要|别|不得|切勿|禁止|勿',
    `${near(6)}(?:告诉|告知|告訴|通知|透露给|提醒)${ZH_USER}${near(3)}(?:,|这|此|任何|并|就|直接)`,
  ],
  ['secrecy', 'weak', '不要|别|不得|切勿|禁止|勿', `${near(6)}(?:告诉|告知|告訴|通知|透露给|提醒|让)${ZH_USER}`],
  ['before', 'weak', '在|完成', `${near(10)}${ZH_USER}(?:的?(?:任务|请求|问题|要求))?${near(6)}前`],
  ['tool', 'weak', '调用|运行|执行|使用', '[^.!?\\n,]{0,24}?(?:函数|工具|命令|指令)'],
];

const JA_MODEL = `(?:(?:ai|人工知能)(?:アシスタント|モデル|エージェント|ボット)|(?:大規模)?言語モデル|チャットボット|llm|ai|人工知能|${MODEL_NAMES})`;
const JA_UNDO =
  '(?:無視(?!しない|せず)|忘れ(?!ない|ず|ません|る前)|破棄|無効(?:に|と)|取り消|捨て|従わ(?:ない|ず)|従うな|守らない|従う必要は?(?:ない|ありません))';
const JA_ORDERS = '指示|命令|プロンプト|指令|ルール';
const JA_USER = 'ユーザー|ユーザ|利用者';
const JAPANESE: readonly Row[] = [
  [
    'undo',
    'strong',
    JA_ORDERS,
    `(?<=(?:これまで|それまで|以前|今まで|上記|前|先|以上|最初|元|システム)${near(8)}(?:${JA_ORDERS}))(?:を|は|など|に)?${near(8)}${JA_UNDO}`,
  ],
  [
    'undo',
    'strong',
    JA_USER,
    `の?${near(6)}(?:依頼|指示|要求|質問|命令|言葉|発言|言ったこと)(?:を|は|など)?${near(6)}${JA_UNDO}`,
  ],
  [
    'model',
    'strong',
    'アシスタント|言語モデル|チャットボット|エージェント',
    '(?<=(?:ai|人工知能) ?(?:アシスタント|エージェント)|言語モデル|チャットボット)(?:(?:の皆様|の皆さん)?(?:へ|宛て?|向け)|各位|の皆様|さん)(?:の[^.!?\\n]{1,10}?)?[:、,\\n ]',
  ],
  [
    'model',
    'strong',
    'あなた|貴方|君|きみ',
    `が(?:もし)?${near(4)}${JA_MODEL}(?:なら|である|であれば|だったら|の場合)`,
  ],
  ['model', 'strong', '言語モデル|アシスタント', 'として、?(?:あなた|君)は'],
  [
    'model',
    'strong',
    '読んでいる|読んだ|読む|処理している',
    `(?:すべての|全ての)?${JA_MODEL}(?:へ|宛て|は|に|さん|たち|[:、,])`,
  ],
  ['task', 'strong', 'あなた|君|貴方', 'の(?:新しい|本当の|真の|新たな)(?:任務|タスク|目的|使命|指示|目標)は'],
  [
    'secrecy',
    'strong',
    JA_USER,
    `(?:に|へ)は?${near(6)}(?:知らせ|伝え|教え|話さ|言わ|報告せ|報告し|通知せ|通知し|見せ)(?:ないで|ず|るな|ずに)${near(2)}[、,]`,
  ],
  [
    'secrecy',
    'weak',
    JA_USER,
    `(?:に|へ)は?${near(6)}(?:知らせ|伝え|教え|話さ|言わ|報告せ|報告し|通知せ|通知し|見せ)(?:ない|ず|るな|てはいけ|てはなら)`,
  ],
  [
    'before',
    'weak',
    JA_USER,
    '(?:の(?:依頼|作業|タスク|質問|要求|指示)を[^.!?\\n]{0,8}?|に(?:答え|回答|返答|返信)[^.!?\\n]{0,4}?)前に',
  ],
  ['tool', 'weak', '関数|ツール|コマンド', 'を[^.!?\\n]{0,6}?(?:呼び出|実行|使用|使って|起動)'],
];

export const PHRASES_IN_OTHER_LANGUAGES: readonly Phrase[] = [
  ...[...GERMAN, ...FRENCH, ...SPANISH, ...RUSSIAN, ...ARABIC, ...CHINESE, ...JAPANESE].map(
    ([family, strength, first, rest]): Phrase => ({ family, strength, first, rest }),
  ),
];
