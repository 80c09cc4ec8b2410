/**
 * The words that say what a number is, in English and in the languages of those who hold such numbers. A blank stands for
 * a blank, a dash, an underscore or nothing.
 */
export const LABEL_WORDS: Readonly<Record<LabelKind, readonly string[]>> = {
  CARD: [
    'card',
    'cards',
    'credit',
    'debit',
    'visa',
    'mastercard',
    'amex',
    'american express',
    'maestro',
    'discover',
    'diners club',
    'cc',
    'cc number',
    'pan',
    'primary account number',
    'kreditkarte',
    'kartennummer',
    'carte bancaire',
    'carte bleue',
    'tarjeta',
    'carta di credito',
    'cartão',
  ],
  CARD_CHECK: [
    'cvv',
    'cvv2',
    'cvc',
    'cvc2',
    'security code',
    'exp',
    'expiry',
    'expires',
    'expiration',
    'expiring',
    'valid thru',
  ],
  PHONE: [
    'phone',
    'phones',
    'telephone',
    'tel',
    'mobile',
    'cell',
    'cellphone',
    'fax',
    'msisdn',
    'whatsapp',
    'sms',
    'call me',
    'call us',
    'call him',
    'call her',
    'call them',
    'text me',
    'message me',
    'answering at',
    'answer at',
    'reachable at',
    'registered number',
    'contact me at',
    'contact me on',
    'ring me',
    'reach me',
    'hotline',
    'helpline',
    'contact number',
    'desk',
    'landline',
    'telefon',
    'telefonnummer',
    'handy',
    'handynummer',
    'mobil',
    'rufnummer',
    'téléphone',
    'portable',
    'teléfono',
    'móvil',
    'telefone',
    'celular',
    'telefono',
    'cellulare',
    'telefoon',
    'phone number',
    'mobile number',
    'telepono',
    'cep',
  ],
  CALL: ['call', 'dial', 'ring'],
  SSN: ['ssn', 'ssns', 'social security', 'social security number', 'social security no', 'soc sec'],
  ITIN: ['itin', 'taxpayer identification number', 'individual taxpayer'],
  TAX_ID: ['tin', 'tax id', 'ein', 'tax identification number', 'taxpayer id', 'steuernummer'],
  PASSPORT: [
    'passport',
    'passports',
    'passport number',
    'passport no',
    'travel document',
    'reisepass',
    'passnummer',
    'passeport',
    'pasaporte',
    'passaporto',
    'passaporte',
    'paspoort',
  ],
  DRIVER_LICENSE: [
    "driver's license",
    'drivers license',
    'driver license',
    "driver's licence",
    'drivers licence',
    'driver licence',
    'driving licence',
    'driving license',
    'license number',
    'licence number',
    'dl number',
    'führerschein',
    'führerscheinnummer',
    'permis de conduire',
    'patente di guida',
    'permiso de conducir',
    'rijbewijs',
  ],
  BANK_ACCOUNT: [
    'account number',
    'account no',
    'account num',
    'acct number',
    'acct no',
    'acct',
    'bank account',
    'checking account',
    'savings account',
    'kontonummer',
    'numéro de compte',
    'número de cuenta',
    'rekeningnummer',
  ],
  ROUTING_NUMBER: ['routing number', 'routing no', 'routing', 'aba', 'aba number', 'rtn', 'routing transit number'],
  SORT_CODE: ['sort code', 'sortcode'],
  PESEL: ['pesel'],
  AADHAAR: ['aadhaar', 'aadhar', 'uidai'],
  TFN: ['tfn', 'tax file number'],
  SIN: ['sin', 'social insurance', 'social insurance number', 'nas', "numéro d'assurance sociale"],
  PERSONNUMMER: ['personnummer', 'personal identity code', 'personal identity number', 'fødselsnummer'],
  CPR: ['cpr', 'cpr nummer', 'cpr number'],
  BSN: ['bsn', 'burgerservicenummer', 'sofinummer'],
  IN_PAN: ['permanent account number', 'pan card', 'pan number', 'pan no'],
  CPF: ['cpf'],
  TCKN: ['tckn', 'tc kimlik', 'kimlik', 'turkish id'],
  THAI_ID: ['thai id', 'thai national id', 'tnin'],
  RRN: ['rrn', 'resident registration number'],
  NRIC: ['nric', 'fin number', 'nric fin'],
  ZA_ID: ['south african id', 'sa id', 'za id'],
  STEUER_ID: ['steuer id', 'steuer identifikationsnummer', 'steuerliche identifikationsnummer', 'idnr'],
  PENSION_NUMBER: ['rentenversicherungsnummer', 'sozialversicherungsnummer', 'versicherungsnummer'],
  NIR: ['numéro de sécurité sociale', 'sécurité sociale', 'insee'],
  DNI: ['dni', 'nif', 'nie'],
  NATIONAL_ID: [
    'national id',
    'national identity',
    'national identification',
    'national identification number',
    'national id number',
    'identity card',
    'identity card number',
    'id card',
    'id card number',
    'identity number',
    'personalausweis',
    'ausweisnummer',
    "carte d'identité",
    "carta d'identità",
    'cédula',
    'nin',
    'bvn',
    'curp',
    'hkid',
    'voter id',
    'resident number',
    'id document',
    'green card',
    'alien registration',
    'refugee id',
  ],
};

export type LabelKind =
  | 'CARD'
  | 'CARD_CHECK'
  | 'PHONE'
  | 'CALL'
  | 'SSN'
  | 'ITIN'
  | 'TAX_ID'
  | 'PASSPORT'
  | 'DRIVER_LICENSE'
  | 'BANK_ACCOUNT'
  | 'ROUTING_NUMBER'
  | 'SORT_CODE'
  | 'PESEL'
  | 'AADHAAR'
  | 'TFN'
  | 'SIN'
  | 'PERSONNUMMER'
  | 'CPR'
  | 'BSN'
  | 'IN_PAN'
  | 'CPF'
  | 'TCKN'
  | 'THAI_ID'
  | 'RRN'
  | 'NRIC'
  | 'ZA_ID'
  | 'STEUER_ID'
  | 'PENSION_NUMBER'
  | 'NIR'
  | 'DNI'
  | 'NATIONAL_ID';
