/**
 * Names of argument fields, in lower case and joined by underscores (`toEmail` is `to_email`), and words of such names. To have
 * the gateway recognise a field, add its name to a list.
 */
export const FIELD_NAMES = {
  /** The value receives something. */
  receivers: `
    to cc bcc reply_to send_to to_email to_emails to_address to_addresses to_number to_phone to_user to_users
    to_account to_account_number to_account_id to_iban email emails e_mail user_email email_address email_addresses
    address_to addresses mail forward_to share_with shared_with phone phone_number phone_numbers mobile destination
    destination_address destination_account destination_account_number iban member_email invitee_email guest_email
    recipient_id payee_id forwarding_email forwarding_address delegate_email upn user_principal_name
  `,
  /** The value of a field with one of these words receives something: `new_recipient_information`. */
  receiverWords: `
    recipient recipients attendee attendees participant participants invitee invitees guest guests collaborator
    collaborators beneficiary payee cc bcc delegate grantee receiver receivers addressee addressees subscriber
    subscribers rcpt mailto emails email_to destinations
  `,
  /** The value is granted access, if the operation grants access. */
  accessUsers: `
    user users username user_name user_id user_ids userid member members member_id login invitee_id principal
    identifier new_owner
  `,
  /** Something is sent to the URL, if the operation sends to URLs. */
  webAddresses: `
    url uri webhook webhook_url webhook_uri callback callback_url target_url endpoint endpoint_url destination_url
    post_url notification_url
  `,
  /** The address in an object that describes a person. */
  personFields: `
    address email email_address mail upn phone phone_number id user_id username value user_principal_name
  `,
  /** The value is the sender, and not a recipient. */
  senderWords: 'from sender author',
  /** A field whose last word is one of these holds free text, which can quote an address. */
  contentWords: `
    body text content contents message subject title summary description html markdown note notes comment caption
    query search filter signature template
  `,
  /** A value with one of these as the last word of its name may be a command of a shell. */
  commandWords: 'command commands cmd cmds shell bash exec cmdline curl',
  /** The same for code. */
  codeWords: 'code script scripts source snippet program python javascript js typescript function',
  /** The value is a list of a program's options. */
  programOptions: 'args argv arguments flags opts options extra_args cli_args parameters',
  /** The value is where something is written to. */
  savedTo: `
    save_dir save_path save_to save_as save_location save_folder save_file output_dir output_path output_file
    output_folder out_dir out_file out_path outfile dest_dir dest_path dest_file destination_path destination_dir
    destination_folder destination_file download_path download_dir download_to download_folder write_to to_path
    to_file target_dir target_folder
  `,
  /** The same for a function that downloads a URL. */
  downloadedTo: 'path file_path filepath filename file_name directory dir folder local_path local_file file',
  /** The same, if the value is a path. */
  placesOrPaths: 'dest destination output out save',
  /** The value is the action, or the function that is called, if a function does several things. */
  actions: `
    soap_action method_name action actions action_type action_name action_id operation operations operation_type operation_name op ops command
    commands cmd do verb mode tool tool_name tool_slug skill skill_name function function_name tool_call method http_method request_method http_verb
  `,
  /** The value is the address of a request. */
  requestUrls: `
    url uri href endpoint request_url request_uri target_url api_url full_url api_endpoint endpoint_url link address
  `,
  /** The value is the beginning of such an address, or its host. */
  requestBases: `
    base_url base_uri base host hostname server domain api_base api_host base_path root_url
  `,
  /** The value is the rest of such an address. */
  requestPaths:
    'path pathname relative_url relative_path relative_uri route url uri endpoint resource resource_path request_path',
  /** The value is the method of a request, if it is one of HTTP's. */
  requestMethods: 'method http_method verb http_verb request_method request_type type action operation',
  /** The value overrides the method of a request. */
  methodOverrides: 'x_http_method_override x_method_override x_http_method method_override http_method_override',
  /** A field whose last word is one of these carries the body of a request. */
  bodies: `
    body data form payload params json content raw query qs operations parts mutation request http xml
  `,
  /** The value is the body of the request whose address stands beside it. */
  requestBodies: 'body data form payload json request_body post_data form_data',
  /** The value is a list of a program's options. */
  options: 'args arguments options flags params parameters argv opts extra_args curl_options curl_args',
  /** A value with one of these words in its name is a whole mail, with its headers. */
  mailWords: 'raw mime eml rfc822',
  /** The value is a field of a mail's head. */
  mailHeads: 'subject from sender reply_to from_name to cc bcc',
  /** The value may be a SQL statement. */
  statementWords: 'sql cypher cql query queries statement statements command commands script code',
  /** The value is a channel. */
  channelWords: 'channel channels',
  /** The value is the owner of repositories. */
  ownerWords: 'owner org organization organisation group namespace',
  /** The value is the owner of a repository if no other field names one. */
  accountNames: 'user username user_name account account_name login owner_login',
  /** The value is a repository. */
  repositoryWords: 'repo repos repository repositories',
  /** Further names of a repository. */
  repositoryNames: 'full_name project project_id project_path',
  /** A field whose last word is one of these describes a channel, owner or repository, and does not name it. */
  attributeWords: `
    type types topic description purpose visibility language limit count message text email role permission
    permissions
  `,
  /** The name in an object that describes a channel, owner or repository. */
  naming: 'name full_name login slug id path url html_url ssh_url clone_url path_with_namespace',
  /** A value with a leading `#` is a channel. */
  channelReceivers: 'to send_to target destination recipient recipients room conversation',
  /** The value identifies the resource; the first field that is present counts. As the APIs spell them. */
  resources: `
    file_id fileId document_id documentId folder_id folderId page_id database_id issue_id ticket_id event_id eventId
    email_id message_id messageId calendar_id calendarId project_id device_id account_id user_id order_id id path
    file_path filename name username UserName RoleName SecretId
  `,
  /** A field whose last word is one of these filters or identifies something, and has no text to post. */
  lookupWords: `
    id ids cursor channel channels user users username name names query q limit count page size sort order ts
    timestamp oldest latest date time type types email team filter after before since until thread conversation
    token timezone status format
  `,
} as const satisfies Record<string, string>;

/** Words of SQL. */
export const SQL_WORDS = {
  /** Words before the one that says what a statement does. */
  prefixes: 'explain analyze verbose begin transaction work as do',
  /** A statement that begins with one of these changes something. */
  changing: `
    delete drop truncate update insert upsert alter create grant revoke merge replace call exec execute copy vacuum
    rename set lock load attach detach comment
  `,
  destructive: 'delete drop truncate',
  /** Second words by which free text is recognised as SQL. */
  followers: 'from into table tables database schema view index trigger procedure materialized',
  /** Words that may follow the name in a statement, if no name or value does. */
  clauses: `
    where using as limit order returning set values cascade exists not on select join cross inner left add drop rename modify
    alter owner disable
  `,
  /** Words of function names whose text arguments are SQL. */
  databases: `
    sql database databases db postgres postgresql mysql mariadb sqlite oracle snowflake bigquery redshift mongo
    mongodb mongosh redis neo4j cypher cassandra cql clickhouse duckdb supabase elasticsearch opensearch dynamodb
    firestore couchdb influx influxdb sparql graphdb athena trino presto databricks mssql
  `,
} as const satisfies Record<string, string>;
