import { MODEL_NAMES, type Phrase } from './instruction-phrases.ts';

/** A phrase of a language: see `Phrase`. */
export type Row = readonly [family: string, strength: Phrase['strength'], first: string, rest: string];

/** Up to so many characters of the same sentence. */
export const near = (count: number): string => `[^.!?\\n]{0,${count}}?`;

const ZH_MODEL = `(?:(?:人工智能|ai|智能)(?:助手|模型|助理|代理|系统|机器人|智能体)|大?语言模型|大模型|語言模型|聊天机器人|${MODEL_NAMES})`;
const ZH_UNDO = `忽略|无视|無視|忽視|忘记|忘掉|忘記|抛开|撇开|丢弃|推翻|${['不要', '不必', '不再', '停止'].flatMap((no) => ['理会', '遵守', '遵循', '执行', '听从'].map((follow) => no + follow)).join('|')}`;
const ZH_NOT = '(?<!(?:不要|不能|别|勿|不)(?:忽略|忘记|忘掉|忘記|忽視))';
const ZH_USER = '(?:用户|使用者|用戶)';
/** Chinese and Japanese have no spaces between words, so that a first word may be anywhere. */
export const CHINESE: readonly Row[] = [
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
  ['model', 'strong', '处理|分析|总结|浏览', `(?:本|这|此|该)${near(10)}的(?:${ZH_MODEL}|ai|llm|人工智能)们?[:,!、]`],
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
export const JAPANESE: readonly Row[] = [
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
