/** Words of functions' names, in lower case. A name's first known word says what it does. */

/** A list of words as a set. */
export const words = (text: string): ReadonlySet<string> => new Set(text.trim().split(/\s+/));

/** Nothing changes. */
export const READING: ReadonlySet<string> = words(`
  get list search find read fetch view lookup look check query describe show count download browse retrieve inspect preview
  compare calculate compute estimate summarize summarise explain verify validate track monitor analyze analyse detect recommend
  suggest predict translate convert parse extract filter diff ls cat select whois is has can what which who when
`);

/** Something is deleted, cancelled or taken away. */
export const DESTRUCTIVE: ReadonlySet<string> = words(`
  delete remove cancel purge drop wipe destroy revoke erase clear trash uninstall terminate unshare unpublish discard kill
  truncate shred decommission deprovision flush rm rmdir unlink kick ban evict expel void deregister unregister
`);

/** Something changes, wherever in a name the word stands. */
export const CHANGING: ReadonlySet<string> = words(`
  create add insert upsert edit modify reset put write save send publish submit execute exec eval invoke trigger replace rename
  append grant invite approve reject assign unassign enable disable activate deactivate restart pause resume reschedule purchase
  buy sell withdraw rotate generate regenerate register subscribe unsubscribe attach detach configure manage install overwrite
  notify forward broadcast authorize authorise promote demote suspend unlock impersonate upload
`);

/** Something changes where the word comes first or follows "and"; after a word that reads it is a thing: `get_order`. */
export const CHANGING_OR_THING: ReadonlySet<string> = words(`
  transfer order post book charge message email mail share refund reply comment deposit trade invoice call report request
  schedule record commit fork star change copy move update release deploy run start stop set merge push pull
  patch block tag mark bill pay wire reserve turn archive tip bid vote follow dm tweet sms text rent close open apply redeem launch
  import migrate accept confirm decline complete finish
`);

/** Something changes where the word comes last, as in `index_update`, and the first is a thing as well as something to do. */
export const CHANGING_AT_LAST: ReadonlySet<string> = words(`
  update move stop start run pay close set push merge deploy change turn apply ship redeem launch accept confirm decline complete
  finish sync import migrate make
`);

/** Reads where it comes first, or else is a thing: `list_item`, `search_index`. */
export const READING_OR_THING: ReadonlySet<string> = words(`
  list search view check query compute count download filter track monitor preview estimate extract cat diff show
`);

/** What is before a thing, and not before something to do: `check_for_update`. */
export const BEFORE_THINGS: ReadonlySet<string> = words(
  'for of a an the this last latest next recent current by per about on is are if in out',
);

/** With one of the things below, these execute something: `run_script`. */
export const RUNNING: ReadonlySet<string> = words('run start launch call');
export const PROGRAMS: ReadonlySet<string> = words(
  'script scripts code command commands program programs macro macros shell terminal',
);

/** These say by themselves that somebody's rights change. */
export const ADMIN_BY_ITSELF: ReadonlySet<string> = words(`
  grant revoke invite authorize authorise impersonate promote demote ban suspend deprovision elevate ownership kick
`);

/** With one of the things below, these change who may do what. */
export const MANAGING: ReadonlySet<string> = words(`
  create add insert upsert update change set reset edit modify put patch delete remove rotate generate regenerate enable disable
  activate deactivate assign unassign attach detach manage configure replace register unregister drop destroy block unblock
  terminate write save rename purge wipe give unlock overwrite
`);

export const ADMIN_THINGS: ReadonlySet<string> = words(`
  permission permissions role roles privilege privileges policy policies password passwords passcode passphrase credential
  credentials secret secrets token tokens mfa 2fa otp totp factor authenticator authentication authorization webhook webhooks
  firewall collaborator collaborators admin admins administrator administrators owner owners member members membership
  memberships acl whitelist allowlist blocklist billing access guest guests sharing delegate delegates forwarding sso scim
`);

/** Accounts of people; what they say about themselves is no matter of rights. */
export const PEOPLE: ReadonlySet<string> = words('user users account accounts');
export const ABOUT_ONESELF: ReadonlySet<string> = words(
  'info information profile preference preferences address avatar status bio',
);

/** Which keys open something; `set_key` of a store does not. */
export const KEYS: ReadonlySet<string> = words('key keys');
export const KINDS_OF_KEY: ReadonlySet<string> = words(
  'api access ssh secret private public deploy signing encryption gpg pgp service account master',
);

/** What is lost for everybody when it is deleted. */
export const CONTAINERS: ReadonlySet<string> = words(`
  repo repos repository repositories project projects organization organisation org workspace tenant database databases bucket
  team channel drive domain cluster
`);

/** What a name is about; the first row that fits counts. A term of two words needs both. */
const CATEGORY_TERMS = [
  ['webhooks', 'webhook,webhooks'],
  [
    'credentials',
    'password,passwords,passcode,passphrase,credential,credentials,secret,secrets,token,tokens,apikey,mfa',
  ],
  [
    'credentials',
    '2fa,otp,factor auth,factor authentication,two factor,authenticator,api key,api keys,access key,ssh key',
  ],
  ['permissions', 'permission,permissions,role,roles,privilege,privileges,policy,policies,acl,grant,revoke,ownership'],
  [
    'code',
    'terminal,shell,bash,powershell,exec,eval,interpreter,subprocess,sudo,repl,script,scripts,python,javascript',
  ],
  [
    'payments',
    'pay,payment,payments,payee,money,fund,funds,withdraw,withdrawal,deposit,refund,refunds,purchase,buy,iban',
  ],
  [
    'payments',
    'invoice,invoices,bill,bills,billing,charge,charges,transaction,transactions,wire,checkout,payout,payouts',
  ],
  ['payments', 'trade,trades,order,orders,remit,wallet'],
  ['code', 'execute,command,commands,run code,run program'],
  ['bookings', 'reserve,reservation,reservations,booking,bookings,book,rebook'],
  [
    'calendar',
    'calendar,calendars,event,events,meeting,meetings,appointment,appointments,reminder,reminders,reschedule',
  ],
  ['permissions', 'invite,share,sharing,unshare,collaborator,collaborators,give access,manage access'],
  ['messages', 'email,emails,mail,mails,inbox,sms,message,messages,tweet,tweets,reply,dm,chat,notify,notification'],
  ['messages', 'notifications,post,posts,comment,comments,send'],
  ['repositories', 'repo,repos,repository,repositories'],
  ['issues', 'issue,issues,ticket,tickets,bug'],
  [
    'files',
    'file,files,folder,folders,document,documents,doc,docs,attachment,attachments,upload,pdf,note,notes,directory',
  ],
  ['files', 'spreadsheet,spreadsheets'],
  ['payments', 'transfer'],
  ['channels', 'channel,channels'],
  ['contacts', 'contact,contacts'],
  ['users', 'user,users,account,accounts,profile,member,members,guest,guests'],
  ['databases', 'database,databases,sql,table,tables,record,records,row,rows'],
  ['devices', 'device,devices,lock,door,light,lights,thermostat,camera,alarm,garage,robot,appliance'],
  ['web', 'web,webpage,url,http,browser,scrape,crawl'],
] as const;

/** A category, with the words or pairs of words that say it. */
export interface Category {
  readonly category: string;
  readonly words: ReadonlySet<string>;
  readonly pairs: readonly (readonly string[])[];
}

export const CATEGORIES: readonly Category[] = CATEGORY_TERMS.map(([category, terms]) => {
  const all = terms.split(',').map((term) => term.split(' '));
  return {
    category,
    words: new Set(all.flatMap(([word = '', other]) => (other === undefined ? [word] : []))),
    pairs: all.filter(({ length }) => length > 1),
  };
});
