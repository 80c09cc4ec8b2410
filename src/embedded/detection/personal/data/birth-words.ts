const list = (words: string): readonly string[] => words.split(', ');

/** Names of the months, as patterns without spaces. Chinese, Japanese and Korean dates have numbers. */
export const MONTHS: readonly string[] = [
  // English, German
  ...list('jan(?:uary|uar)?, feb(?:ruary|ruar)?, mar(?:ch)?, märz, apr(?:il)?, may, mai, june?, juni, july?, juli'),
  ...list('aug(?:ust)?, sept?(?:ember)?, oct(?:ober)?, oktober, nov(?:ember)?, dec(?:ember)?, dezember'),
  // French, Spanish, Italian, Portuguese
  ...list('janvier, février, mars, avril, juin, juillet, août, septembre, octobre, novembre, décembre'),
  ...list('enero, febrero, marzo, abril, mayo, junio, julio, agosto, septiembre, octubre, noviembre, diciembre'),
  ...list('gennaio, febbraio, aprile, maggio, giugno, luglio, settembre, ottobre, dicembre'),
  ...list('janeiro, fevereiro, março, maio, junho, julho, setembro, outubro, novembro, dezembro'),
  // Dutch, Polish, Russian, Arabic
  ...list('januari, februari, maart, mei, augustus, stycznia, lutego, marca, kwietnia, maja, czerwca, lipca, sierpnia'),
  ...list('września, października, listopada, grudnia, января, февраля, марта, апреля, мая, июня, июля, августа'),
  ...list('сентября, октября, ноября, декабря, يناير, فبراير, مارس, أبريل, مايو, يونيو, يوليو, أغسطس, سبتمبر'),
  ...list('أكتوبر, نوفمبر, ديسمبر'),
];

/** Words before a date of birth, as patterns. */
export const BIRTH_WORDS: readonly string[] = [
  ...list(
    String.raw`born(?: on(?: the)?)?, date of birth, birth[ _-]?date, birth[ _-]?day(?: is)?(?: on)?, d\.?o\.?b\.?`,
  ),
  ...list('geboren(?: am)?, geb\\. am, geburtsdatum, geburtstag, née? le, date de naissance, nacid[oa](?: el)?'),
  ...list('fecha de nacimiento, nascid[oa](?: em| a)?, data de nascimento, nat[oa] il, data di nascita'),
  ...list('geboren op, geboortedatum, urodzon[ya](?: dnia)?, data urodzenia, född(?: den)?, født(?: den)?'),
  ...list(
    'doğum tarihi, родил(?:ся|ась), дата рождения, تاريخ الميلاد, ولدت? في, 出生日期, 出生于, 生日, 生年月日, 誕生日, 생년월일',
  ),
];

/** Names of fields for a date of birth: single words, in any language. */
export const BIRTH_FIELDS: ReadonlySet<string> = new Set(
  list(
    'dob, birthdate, birthday, geburtsdatum, geburtstag, geboortedatum, nacimiento, nascimento, nascita, naissance, 出生日期, 生日, 生年月日, 생년월일',
  ),
);
