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
  // Hindi, Ukrainian, Indonesian, Hungarian
  ...list('जनवरी, फरवरी, मार्च, अप्रैल, मई, जून, जुलाई, अगस्त, सितंबर, अक्टूबर, नवंबर, दिसंबर, січня, лютого, березня'),
  ...list('квітня, травня, червня, липня, серпня, вересня, жовтня, листопада, грудня, maret, agustus, desember'),
  ...list('január, február, március, április, május, június, július, augusztus, szeptember, október'),
  // Turkish, Czech, Swedish
  ...list(
    'ocak, şubat, mart, nisan, mayıs, haziran, temmuz, ağustos, eylül, ekim, kasım, aralık, ledna, února, března',
  ),
  ...list('dubna, května, června, července, srpna, září, října, listopadu, prosince, maj, augusti'),
];

/** Names of fields for a date of birth: single words, in any language. */
export const BIRTH_FIELDS: ReadonlySet<string> = new Set(
  list(
    'dob, birthdate, birthday, geburtsdatum, geburtstag, geboortedatum, nacimiento, nascimento, nascita, naissance, 出生日期, 生日, 生年月日, 생년월일',
  ),
);
