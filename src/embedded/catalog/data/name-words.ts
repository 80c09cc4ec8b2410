/**
 * What the words of a function's name mean, in lower case, separated by white space. To teach the gateway a word, add it to a
 * list. `read-name.ts` applies the lists; a name's first known word decides.
 */
export const NAME_WORDS = {
  /** Nothing changes. */
  reading: `
    get list search find read fetch view lookup look check query describe show count download browse retrieve inspect preview
    compare calculate compute estimate summarize summarise explain verify validate track monitor analyze analyse detect recommend
    suggest predict translate convert parse extract filter diff ls cat select whois geocode scrape crawl is has can what which
    who when
  `,
  /** Something is deleted, cancelled or revoked. */
  destructive: `
    delete remove cancel purge drop wipe destroy revoke erase clear trash uninstall terminate unshare unpublish discard kill
    truncate shred decommission deprovision flush rm rmdir unlink kick ban evict expel void deregister unregister prune nuke
    obliterate expunge
  `,
  /** Something changes, wherever in the name the word is. */
  changing: `
    create add insert upsert edit modify reset put write save send publish submit execute exec eval invoke trigger replace rename
    append grant invite approve reject assign unassign enable disable activate deactivate restart pause resume reschedule purchase
    buy sell withdraw rotate generate regenerate register subscribe unsubscribe attach detach configure manage install overwrite
    notify forward broadcast authorize authorise promote demote suspend unlock impersonate upload
  `,
  /** Something changes if the word comes first or after "and"; after a reading word it is a noun: `get_order`. */
  changingOrThing: `
    transfer order post book charge message email mail share refund reply comment deposit trade invoice call report request
    schedule record commit fork star change copy move update release deploy run start stop set merge push pull
    patch block tag mark bill pay wire reserve turn archive tip bid vote follow dm tweet sms text rent close open apply redeem launch
    import migrate accept confirm decline complete finish
  `,
  /** Something changes if the word comes last (`index_update`) and the first word can be a noun. */
  changingAtEnd: `
    update move stop start run pay close set push merge deploy change turn apply ship redeem launch accept confirm decline complete
    finish sync import migrate make
  `,
  /** Nothing changes if the word comes first; elsewhere it is a noun: `log_visit`. */
  readingFirst: `
    visit navigate locate assess identify determine discover investigate examine observe explore research scroll goto
    measure classify diagnose forecast
  `,
  /** Nothing changes if the word comes first, and one of `viewed` follows: `open_webpage`. */
  viewing: 'open load go access',
  viewed: `
    webpage webpages page pages url urls link links website websites site browser tab web article homepage file files document pdf
    image
  `,
  /** A verb that reads if it comes first, but possibly a noun: `list_item`, `search_index`. */
  readingOrThing: `
    list search view check query compute count download filter track monitor preview estimate extract cat diff show
  `,
  /** The next word is a noun: `check_for_update`. */
  beforeThings: 'for of a an the this last latest next recent current by per about on is are if in out',
  /** Executes something if one of `programs` follows: `run_script`. */
  running: 'run start launch call',
  programs: 'script scripts code command commands program programs macro macros shell terminal',
  /** The function runs whatever code its arguments hold. */
  runners: 'run execute exec eval evaluate sandbox interpreter interpret compile repl notebook jupyter kernel',
  /** Programs of a shell that are no words of plain English. */
  shellPrograms: `
    ls cat df du id whoami pwd rm cp mv chmod chown chgrp mkdir rmdir ln ps pkill killall curl wget ssh scp sftp rsync nc ncat
    netcat telnet nmap ping dig nslookup ifconfig iptables ufw systemctl journalctl dmesg umount fdisk mkfs dd tar gzip gunzip
    unzip sed awk grep egrep rg xargs tee uname hostname env printenv crontab sudo su bash sh zsh fish dash ksh powershell pwsh
    cmd python python2 python3 perl ruby deno php javac gcc g++ clang cmake npm npx pnpm yarn pip pip3 pipx cargo rustc git svn
    docker docker-compose podman kubectl helm terraform ansible gcloud mysql psql sqlite3 mongosh redis-cli apt apt-get yum dnf
    brew apk pacman openssl gpg base64 xxd md5sum sha256sum uniq wc printf useradd usermod userdel passwd lsof netstat strace gdb
    tmux nohup eval exec vi vim nano tasklist taskkill netsh wmic schtasks certutil rundll32 mshta cscript wscript poweroff
  `,
  /** Access rights change, whatever the other words are. */
  adminAlone: `
    grant revoke invite authorize authorise impersonate promote demote ban suspend deprovision elevate ownership kick
  `,
  /** Access rights change if the name also has one of `adminThings`, people or keys. */
  managing: `
    create add insert upsert update change set reset edit modify put patch delete remove rotate generate regenerate enable disable
    activate deactivate assign unassign attach detach manage configure replace register unregister drop destroy block unblock
    terminate write save rename purge wipe give unlock overwrite
  `,
  adminThings: `
    permission permissions role roles privilege privileges policy policies password passwords passcode passphrase credential
    credentials secret secrets token tokens mfa 2fa otp totp factor authenticator authentication authorization webhook webhooks
    firewall collaborator collaborators admin admins administrator administrators owner owners member members membership
    memberships acl whitelist allowlist blocklist billing access guest guests sharing delegate delegates forwarding sso scim
  `,
  /** User accounts, unless the name is about their profile. */
  people: 'user users account accounts',
  profileThings: 'info information profile preference preferences address avatar status bio',
  /** Keys count as credentials only with one of `kindsOfKey`: `set_key` of a store does not. */
  keys: 'key keys',
  kindsOfKey: `
    api access ssh secret private public deploy signing encryption gpg pgp service account master
  `,
  /** Deleting one of these is an ADMIN operation: it affects everyone who uses it. */
  containers: `
    repo repos repository repositories project projects organization organisation org workspace tenant database databases bucket
    team channel drive domain cluster
  `,
  /** Joins two actions: `check_and_ship`. */
  joining: 'and then or',
  /** Nouns besides those of the other lists and of the categories. */
  otherThings: 'date time name id price size type number weather location description title',
} as const satisfies Record<string, string>;

/** Words of a name that delete together, the first before one of the others: `format_disk`. */
export const ERASING_WORDS: readonly (readonly [first: string, others: string])[] = [
  ['format', 'disk disks drive drives volume volumes partition partitions filesystem storage usb card'],
  ['reset', 'database databases db cluster table tables schema data storage disk environment everything'],
  ['empty', 'trash bin bucket folder queue table database mailbox'],
  ['clean', 'database db disk bucket cluster mailbox'],
  ['zero', 'disk drive volume'],
  ['reinitialize', 'database db disk cluster'],
  ['factory', 'reset'],
];

/**
 * Categories by the words of a name, separated by commas; the first row with a word of the name counts. A term of two words
 * needs both.
 */
export const CATEGORY_WORDS: readonly (readonly [category: string, terms: string])[] = [
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
  ['payments', 'trade,trades,order,orders,remit,wallet,sell,donate,donation,subscription,subscriptions,top up'],
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
  [
    'web',
    'web,webpage,website,internet,online,url,http,browser,scrape,crawl,bing,duckduckgo,tavily,serp,serpapi,wikipedia',
  ],
  ['web', 'google search,brave,yahoo search,exa,perplexity,firecrawl,jina,searxng,kagi,serper,ddg,arxiv'],
];
