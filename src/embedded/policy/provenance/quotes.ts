/** What a user quotes is not what the user says. */
export interface Quoting {
  readonly own: string;
  /** Empty if there is nothing. */
  readonly quoted: string;
}

/** Headings above a forwarded mail, to its end: of Gmail, Outlook and Apple Mail. */
const FORWARDED =
  /^[ \t]{0,9}(?:-{2,20} ?(?:original message|forwarded message|forwarded by|ursprüngliche nachricht|weitergeleitete nachricht|message (?:d'origine|transféré)|mensaje (?:original|reenviado)|转发邮件|原始邮件|転送メッセージ|пересылаемое сообщение)|begin forwarded message:|anfang der weitergeleiteten nachricht:|début du message réexpédié)/imu;
const LINES = /^[ \t]{0,9}>.{0,100000}$/gm;
const MARKED = /"""[^]*?"""/g;

/** Splits a message: lines with `>`, text between `"""`, and a forwarded mail are quoted. */
export function withoutQuotes(message: string): Quoting {
  const forwarded = message.search(FORWARDED);
  const quoted: string[] = forwarded < 0 ? [] : [message.slice(forwarded)];
  const take = (text: string): string => {
    quoted.push(text.replace(/^[ \t]{0,9}>[> ]{0,20}/gm, ''));
    return '\n';
  };
  const before = forwarded < 0 ? message : message.slice(0, forwarded);
  const own = before.replace(MARKED, take).replace(LINES, take);
  return { own, quoted: quoted.join('\n') };
}
