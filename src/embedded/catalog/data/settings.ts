/** A setting that changes who gets in, who sees something, or what runs. To add one, add a row. */
export interface SettingRow {
  /** The name of the field, in words joined by underscores. */
  readonly fields: RegExp;
  /** The value: on (true), off (false), or a string. */
  readonly to: boolean | RegExp;
  readonly isAdmin: boolean;
  readonly category?: string;
  /** A further name of the operation. */
  readonly operation?: string;
}

export const SETTINGS: readonly SettingRow[] = [
  {
    // How people prove who they are.
    fields:
      /(?:^|_)(?:mfa|2fa|2sv|two_(?:factor|step)|multi_factor|totp|otp|sso|saml|captcha|passkeys?|login_verification|sign_in_verification|authentication)(?:_|$)/,
    to: false,
    isAdmin: true,
    category: 'credentials',
    operation: 'turn_off_protection',
  },
  {
    // What notices or stops an intruder.
    fields:
      /(?:^|_)(?:logging|audit(?:_logs?|ing)?|protection|protected|firewall|antivirus|encryption|encrypted|backups?|secret_scanning|vulnerability_alerts|alerts|monitoring|(?:ssl|tls|certificate)_verif\w{1,10}|verify_(?:ssl|tls))(?:_|$)/,
    to: false,
    isAdmin: true,
    operation: 'turn_off_protection',
  },
  {
    fields:
      /(?:^|_)(?:visibility|access|access_level|acl|audience|privacy|sharing|link_sharing|share_scope|share_with|scope_of_access)$/,
    to: /^(?:public(?:[-_ ]\w{1,20}){0,3}|anyone(?:[-_ ]\w{1,20}){0,4}|anybody|everyone|everybody|world|open|internet|unlisted|anonymous)$/i,
    isAdmin: true,
    category: 'permissions',
    operation: 'make_public',
  },
  {
    fields: /^(?:is_|make_)?(?:public|publicly_\w{1,20}|public_access|anonymous_access|listed|discoverable)$/,
    to: true,
    isAdmin: true,
    category: 'permissions',
    operation: 'make_public',
  },
  {
    fields: /^(?:is_|make_)?(?:private|restricted|internal_only|block_public_\w{1,20})$/,
    to: false,
    isAdmin: true,
    category: 'permissions',
    operation: 'make_public',
  },
  {
    // Files that run, or decide what does.
    fields: /(?:^|_)(?:path|file|filename|file_name|filepath|destination|dest|target|name)$/,
    to: /(?:^|[\\/])(?:\.github[\\/](?:workflows|actions)[\\/].{1,200}|\.gitlab-ci\.ya?ml|\.circleci[\\/].{1,200}|azure-pipelines\.ya?ml|bitbucket-pipelines\.ya?ml|jenkinsfile|\.travis\.ya?ml|\.husky[\\/].{1,200}|\.git[\\/]hooks[\\/].{1,200}|crontab|cron\.\w{1,10}[\\/].{1,200}|authorized_keys|sudoers|\.(?:bash|zsh)(?:rc|_profile|env)|\.profile|\.npmrc|\.pypirc|\.netrc|systemd[\\/].{1,200}\.service)$/i,
    isAdmin: false,
    category: 'code',
  },
];
