/**
 * Formats of stored passwords and Kerberos tickets: the prefix in lower case, and the minimum that follows it. To
 * detect a new format, add a row.
 *
 * Sources: crypt(5), bcrypt, argon2 and scrypt strings; Kerberos tickets as cracking tools print them; LDAP's salted
 * SHA.
 */
export const PASSWORD_HASHES: readonly (readonly [prefix: string, body: RegExp])[] = [
  ['$2a$', /[0-9]{2}\$[A-Za-z0-9./]{53}/],
  ['$2b$', /[0-9]{2}\$[A-Za-z0-9./]{53}/],
  ['$2x$', /[0-9]{2}\$[A-Za-z0-9./]{53}/],
  ['$2y$', /[0-9]{2}\$[A-Za-z0-9./]{53}/],
  ['$1$', /[A-Za-z0-9./]{1,8}\$[A-Za-z0-9./]{22}/],
  ['$apr1$', /[A-Za-z0-9./]{1,8}\$[A-Za-z0-9./]{22}/],
  ['$5$', /(?:rounds=[0-9]{1,9}\$)?[A-Za-z0-9./]{1,16}\$[A-Za-z0-9./]{43}/],
  ['$6$', /(?:rounds=[0-9]{1,9}\$)?[A-Za-z0-9./]{1,16}\$[A-Za-z0-9./]{86}/],
  ['$y$', /[A-Za-z0-9./]{1,8}\$[A-Za-z0-9./]{1,86}\$[A-Za-z0-9./]{43}/],
  ['$7$', /[A-Za-z0-9./]{11,97}\$[A-Za-z0-9./]{43}/],
  [
    '$argon2',
    /(?:id|i|d)\$(?:v=[0-9]{1,3}\$)?[a-z]=[0-9]{1,10},[a-z]=[0-9]{1,10},[a-z]=[0-9]{1,5}\$[A-Za-z0-9+/]{8,88}\$[A-Za-z0-9+/]{16,172}/,
  ],
  ['$scrypt$', /ln=[0-9]{1,3},r=[0-9]{1,3},p=[0-9]{1,3}\$[A-Za-z0-9+/=]{8,88}\$[A-Za-z0-9+/=]{20,172}/],
  ['$pbkdf2-', /[a-z0-9]{3,10}\$[0-9]{1,9}\$[A-Za-z0-9+/.=]{8,88}\$[A-Za-z0-9+/.=]{20,172}/],
  ['pbkdf2_sha256$', /[0-9]{1,9}\$[A-Za-z0-9]{8,32}\$[A-Za-z0-9+/=]{40,50}/],
  ['$krb5asrep$', /[^\s"'`]{60}/],
  ['$krb5tgs$', /[^\s"'`]{60}/],
  ['$krb5pa$', /[^\s"'`]{60}/],
  ['{ssha}', /[A-Za-z0-9+/]{32}={0,2}/],
  ['{ssha512}', /[A-Za-z0-9+/]{80,120}={0,2}/],
];
