/**
 * Credentials in the configuration files and the command lines of common tools, where no operator stands between the
 * name and the value: a word in lower case, and what follows it, with the credential as the first group. Other files
 * assign (`password = X`) and need no row.
 */
export const CONFIGURATIONS: readonly (readonly [word: string, after: RegExp])[] = [
  ['login ', /\S{1,64}\s{1,8}password\s{1,4}(\S{4,128})/], // .netrc
  [':5432:', /[\w*.-]{1,64}:[\w*.-]{1,64}:(\S{4,128})/], // .pgpass
  [':*:', /(?:\*|\w{1,64}):\w{1,64}:(\S{4,128})/],
  ['user ', /"?[^\s":]{1,64}"?,? (?:is )?(?:with )?pass(?:word)? "?([^\s"]{4,128})/], // fetchmail
  [']:587 ', /[^\s:]{1,64}:(\S{4,128})/], // Postfix
  [']:465 ', /[^\s:]{1,64}:(\S{4,128})/],
  ['login=', /[^\s:&]{1,64}:(\S{4,128})/], // Squid
  ['stats auth', / {1,4}[^\s:]{1,64}:(\S{4,128})/], // HAProxy
  ['" * "', /([^"\s]{4,128})" \*/], // pppd
  ['<pass encoding="base64">', /([A-Za-z0-9+/=]{8,128})/], // FileZilla
  ['>{', /(AQAA[A-Za-z0-9+/]{24,400}={0,2})\}/], // Jenkins
  ['private-lines: ', /\d{1,3}\s{1,2}([A-Za-z0-9+/=]{20,64}(?:\s{1,2}[A-Za-z0-9+/=]{4,64}){0,40})/], // PuTTY
  ['user = ', /"[^"\s:]{1,64}:([^"\s]{4,128})"/], // .curlrc
  ['bundle_', /\w{1,80}: "?[^":\s]{1,64}:([^"\s]{4,128})/], // Bundler
  ['\npass', / {0,4}= {0,4}(\S{4,128})/], // rclone
  ['_pw', / ?[=:] ?(\S{4,128})/],
  [' pw', / ?[=:] ?(\S{4,128})/],
  ['wifi:', /(?:[A-OQ-Z]:[^;]{0,64};){0,4}P:([^;]{4,64});/], // QR code
  ['rootpw', /:? {1,4}(\S{4,128})/], // OpenLDAP
  ['bindpw', /:? {1,4}(\S{4,128})/],
  ['psk', / {0,4}= {0,4}"?([^\s"]{8,64})/], // wpa_supplicant
  ['requirepass', /[ \t]{1,4}"?([^\s"]{4,128})/], // Redis
  ['masterauth', /[ \t]{1,4}"?([^\s"]{4,128})/],
  ['identified by', / (?:password )?['"]([^'"\s]{4,128})['"]/], // MySQL
  ['<auth-user-pass>', /\s{1,4}\S{1,64}\s{1,4}([^\s<]{4,128})/], // OpenVPN
  ['snmp-server community', / (\S{4,64})/], // Cisco IOS
  ['password 0', / (\S{4,64})/],
  ['secret 0', / (\S{4,64})/],
  ['password 7', / ([0-9A-F]{8,64})(?!\S)/],
  ['_key', /['"]\s{0,4},\s{0,4}['"]([^'"\n]{32,128})['"]/], // WordPress
  ['_salt', /['"]\s{0,4},\s{0,4}['"]([^'"\n]{32,128})['"]/],
  ['-setcookie', / {1,4}["']?([^\s"']{4,128})/], // Erlang
  ['-pw ', /["']?([^\s"']{4,128})/], // PuTTY
  ['in pass:', /([^\s"']{4,128})/], // openssl -passin
  ['out pass:', /([^\s"']{4,128})/],
  ['htpasswd -b', / \S{1,128} \S{1,64} ["']?([^\s"']{4,128})/],
  ['ldapsearch ', /[^\n|]{0,200} -w ["']?([^\s"']{4,128})/], // OpenLDAP
  ['ldapmodify ', /[^\n|]{0,200} -w ["']?([^\s"']{4,128})/],
  ['sqlplus ', /[^\s/]{1,64}\/([^\s@/"']{4,128})/], // Oracle
  ['net use ', /[^\n]{0,80}\/user:\S{1,64} ([^\s/]\S{3,127})/],
  ['net user', / \S{1,64} ([^\s/"]\S{3,127})/], // Windows
  ['ctl add_user', / \S{1,64} ["']?([^\s"']{4,128})/], // RabbitMQ
  ['ctl change_password', / \S{1,64} ["']?([^\s"']{4,128})/],
  ['securestring ', /(?:-string )?["']([^"']{4,128})["']/i], // PowerShell
  ['storepass', /[ =:]{1,2}["']?([^\s"']{4,128})/], // keytool
  ['keypass', /[ =:]{1,2}["']?([^\s"']{4,128})/],
  ['echo ', /["']?[^\s:"']{1,64}:([^\s"']{4,128})["']? ?\| ?(?:sudo )?chpasswd/],
  ['login: ', /[^\s:/]{1,64} ?[:/] ?(\S{4,128})/],
  ['creds', /:? [^\s:/]{1,64}[:/](\S{4,128})/],
];
