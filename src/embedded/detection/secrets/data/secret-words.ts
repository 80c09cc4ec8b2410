/**
 * The words that make a value a secret, or not one. Add a word to the list it belongs to; nothing else changes. All
 * words are in lower case. A name is split into words first: `clientSecret`, `client-secret` and `CLIENT_SECRET` are
 * `client secret`.
 */
const list = (words: string): ReadonlySet<string> => new Set(words.split(' '));

/** What the value has to look like: `password` takes nearly anything, `strict` only what is clearly generated. */
export type Evidence = 'password' | 'token' | 'key' | 'strict';

const password = (word: string): readonly [string, string, Evidence] => [word, 'PASSWORD', 'password'];
const key = (word: string): readonly [string, string, Evidence] => [word, 'API_KEY', 'token'];

/**
 * Names in text that a secret is assigned to (`token = X`), the type of the finding, and the evidence its value needs.
 */
export const ASSIGNED_WORDS: readonly (readonly [word: string, type: string, evidence: Evidence])[] = [
  ['password', 'PASSWORD', 'password'],
  ['passwd', 'PASSWORD', 'password'],
  ['passphrase', 'PASSWORD', 'password'],
  ['passcode', 'PASSWORD', 'password'],
  ['pwd', 'PASSWORD', 'password'],
  ['access code', 'PASSWORD', 'password'],
  ['_pass', 'PASSWORD', 'password'],
  ['-pass', 'PASSWORD', 'password'],
  ['token', 'TOKEN', 'token'],
  ['secret', 'SECRET', 'token'],
  ['key', 'API_KEY', 'key'],
  ['credential', 'SECRET', 'token'],
  ['credentials', 'SECRET', 'token'],
  ['_auth', 'TOKEN', 'strict'],
  ['login', 'SECRET', 'strict'],
  ['private', 'SECRET', 'strict'],
  ['access', 'SECRET', 'strict'],
  ['_pat', 'TOKEN', 'strict'],
  ...[
    'passwort',
    'kennwort',
    'mot de passe',
    'motdepasse',
    'mot_de_passe',
    'contraseña',
    'contrasena',
    'senha',
    'parola',
  ].map(password),
  ...['wachtwoord', 'hasło', 'hasłem', 'hasła', 'haslo', 'lösenord', 'adgangskode', 'salasana', 'şifre', 'парол'].map(
    password,
  ),
  ...[
    'zugangscode',
    "code d'accès",
    'code d’accès',
    'codice di accesso',
    'código de acceso',
    'código de acesso',
    'mdp',
    'palavra-passe',
    'palavra passe',
    'toegangscode',
    'passord',
    'heslo',
    'jelszó',
    'lozinka',
    'salasanasi',
    'şifreniz',
    'şifren',
    'parolanız',
    '비번',
  ].map(password),
  ...['parola d’ordine', "parola d'ordine", 'kata sandi', 'лозинка', 'κωδικός', 'סיסמה', 'पासवर्ड', 'รหัสผ่าน'].map(
    password,
  ),
  ...[
    '密码',
    '密碼',
    '口令',
    'パスワード',
    '暗証番号',
    '暗証コード',
    '비밀번호',
    '암호',
    'كلمة المرور',
    'كلمة السر',
    'mật khẩu',
  ].map(password),
  ...[
    'schlüssel',
    'clé',
    'clave',
    'chave',
    'chiave',
    'sleutel',
    'klucz',
    'ключ',
    'токен',
    '密钥',
    '密鑰',
    'キー',
    '鍵',
  ].map(key),
  ...['키', '토큰', 'مفتاح', 'jeton', '令牌', 'トークン', 'anahtar', 'anahtarı'].map(key),
];

/** Keys in the connection strings of Azure, ADO.NET and ODBC. */
export const CONNECTION_STRING_KEYS: readonly string[] = [
  'accountkey',
  'sharedaccesskey',
  'sharedaccesssignature',
  ';secret',
];

/** Commands that take a password on their line: `curl -u user:password`, `docker login -p password`. */
export const COMMANDS_WITH_PASSWORD: readonly string[] = [
  'curl',
  'wget',
  'docker login',
  'psexec',
  'sshpass',
  'mysql',
  'redis-cli',
  'htpasswd',
  'az login',
  'smbclient',
  'lftp',
  'mosquitto_',
  'zip -',
  '7z ',
];

/** Last words of a field's name that make any value of it a secret. */
export const PASSWORD_FIELDS: ReadonlySet<string> = list(
  'password passwd passphrase passcode pwd pass secret mnemonic passwort kennwort passe motdepasse contraseña contrasena ' +
    'senha parola wachtwoord hasło haslo lösenord adgangskode salasana şifre sifre passord heslo lozinka лозинка пароль 密码 密碼 口令 パスワード 비밀번호 ' +
    '암호 סיסמה पासवर्ड รหัสผ่าน κωδικός jelszó mdp sandi',
);

/** Words for a password with which a name begins in languages that put what it is for behind it: `senha_usuario`. */
export const LEADING_PASSWORD: ReadonlySet<string> = list('contraseña contrasena senha parola wachtwoord пароль');

/** Words without a space before them, `登录密码`, and of two parts. */
export const PASSWORD_ENDING = /(?:密码|密碼|口令|パスワード|비밀번호|كلمة (?:المرور|السر)|mật khẩu)$/;

/** Last words of a field's name that make a value of it a secret if it looks like a token. */
export const TOKEN_FIELDS: ReadonlySet<string> = list(
  'token apikey authorization credential credentials secrets jwt bearer pat schlüssel clé clave chave chiave sleutel ' +
    'klucz ключ токен 密钥 密鑰',
);

/** Words that make a field a secret when they precede `key`, `tokens`, or `phrase`, `code` and `codes`. */
export const BEFORE_KEY: ReadonlySet<string> = list(
  'api access secret private auth account master encryption signing shared app application service admin root ssh rsa ' +
    'deploy license subscription hmac webhook jwt session consumer storage integration ingestion bot write',
);
export const BEFORE_TOKENS: ReadonlySet<string> = list('access auth refresh api');
export const BEFORE_PHRASE: ReadonlySet<string> = list('seed recovery backup mnemonic secret');

/** A name with one of these words is a switch or a count: `show_password`, `max_tokens`. */
export const SWITCHES_AND_COUNTS: ReadonlySet<string> = list(
  'max min has is should show hide use uses no allow allows allowed require requires required enable enabled disable ' +
    'disabled forgot forgotten count total usage',
);

/** A token or a key with one of these words is public, a cursor or a digest: `publishable_key`, `next_page_token`. */
export const PUBLIC: ReadonlySet<string> = list(
  'public publishable publish next previous prev page paging pagination cursor continuation continue sync delta skip ' +
    'resume start end change idempotency cache partition primary foreign sort object input output prompt completion sha ' +
    'sha1 sha256 sha512 hash digest checksum fingerprint etag commit integrity keyword',
);

/** A name that ends in one of these describes a secret: `token_type`, `password_policy`. */
export const ABOUT_SECRETS: ReadonlySet<string> = list(
  'id ids name names type types kind url urls uri href link path file count length size limit expires expiry expiration ' +
    'expiring duration ttl at date time age updated created changed reset policy hint label description version status strength ' +
    'rule rules requirements rotation algorithm alg scope scopes format prefix suffix env var ref reference arn provider source field index ' +
    'endpoint manager managers mgr handler realm error errors message title placeholder permission permissions level visible visibility',
);
