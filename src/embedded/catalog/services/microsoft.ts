import type { ServiceTable } from '../service.ts';

/** The hosts of all clouds: https://learn.microsoft.com/graph/deployments. */
const HOSTS = [
  ...['graph.microsoft.com', 'graph.microsoft.us', 'dod-graph.microsoft.us', 'graph.microsoft.de'],
  ...['microsoftgraph.chinacloudapi.cn', 'canary.graph.microsoft.com'],
];
const VERSIONS = HOSTS.flatMap((host) => [`${host}/v1.0`, `${host}/beta`]);
/** Paths of the signed-in user are the same as those of any user. */
const OWN = VERSIONS.flatMap((version) => [`${version}/me`, `${version}/users/{_}`]);
const PLACES = [...OWN, ...VERSIONS];

/** Microsoft Graph, split into services by path; `microsoft_graph` is an alias of each. */
export const MICROSOFT: readonly ServiceTable[] = [
  {
    tool: 'microsoft_graph',
    aliases: ['msgraph', 'entra', 'azure_ad'],
    words: ['msgraph'],
    places: PLACES,
    operations: `
      POST    /users                                        create_user            users        ADMIN
      GET     /users                                        list_users             users
      GET     /users/{_}                                    get_user               users
      GET     /me                                           get_user               users
      PATCH   /users/{id}                                   update_user            users        ADMIN
      DELETE  /users/{id}                                   delete_user            users        ADMIN
      POST    /changePassword                               change_password        credentials  ADMIN
      POST    /revokeSignInSessions                         revoke_sessions        credentials  ADMIN
      POST    /authentication/**                            update_authentication  credentials  ADMIN
      DELETE  /authentication/**                            delete_authentication  credentials  ADMIN
      POST    /appRoleAssignments                           assign_role            permissions  ADMIN
      POST    /invitations                                  invite_user            permissions  ADMIN
      POST    /groups                                       create_group           users        ADMIN
      DELETE  /groups/{id}                                  delete_group           users        ADMIN
      POST    /groups/{id}/members/$ref                     add_member             permissions  ADMIN
      DELETE  /groups/{id}/members/{_}/$ref                 remove_member          permissions  ADMIN
      POST    /groups/{id}/owners/$ref                      add_owner              permissions  ADMIN
      POST    /directoryRoles/{id}/members/$ref             assign_role            permissions  ADMIN
      POST    /roleManagement/directory/roleAssignments     assign_role            permissions  ADMIN
      POST    /oauth2PermissionGrants                       grant_permission       permissions  ADMIN
      POST    /applications                                 create_application     permissions  ADMIN
      POST    /applications/{id}/addPassword                create_secret          credentials  ADMIN
      POST    /applications/{id}/addKey                     create_secret          credentials  ADMIN
      POST    /servicePrincipals/{id}/addPassword           create_secret          credentials  ADMIN
      POST    /subscriptions                                create_webhook         webhooks     ADMIN
      POST    /search/query                                 search                 files        READ
      POST    /$batch                                       batch                  batch        ADMIN
    `,
  },
  {
    tool: 'outlook',
    aliases: ['microsoft_graph', 'msgraph'],
    places: OWN,
    operations: `
      POST    /sendMail                                     send_email         messages
      POST    /messages/{_}/send                            send_email         messages
      POST    /messages/{_}/reply                           send_email         messages
      POST    /messages/{_}/replyAll                        send_email         messages
      POST    /messages/{_}/forward                         send_email         messages
      POST    /messages                                     create_draft       messages
      GET     /messages                                     search_emails      messages
      GET     /messages/{id}                                get_email          messages
      GET     /mailFolders/{_}/messages                     search_emails      messages
      PATCH   /messages/{id}                                update_email       messages
      DELETE  /messages/{id}                                delete_email       messages
      POST    /messages/{id}/move                           move_email         messages
      POST    /mailFolders/{_}/messageRules                 create_filter      permissions  ADMIN
      PATCH   /mailboxSettings                              update_settings    settings     ADMIN
      POST    /events                                       create_event       calendar
      POST    /calendar/events                              create_event       calendar
      POST    /calendars/{_}/events                         create_event       calendar
      GET     /events                                       list_events        calendar
      GET     /calendarView                                 list_events        calendar
      GET     /events/{id}                                  get_event          calendar
      PATCH   /events/{id}                                  update_event       calendar
      DELETE  /events/{id}                                  delete_event       calendar
      POST    /events/{id}/cancel                           cancel_event       calendar
      POST    /events/{id}/accept                           accept_event       calendar
      POST    /events/{id}/decline                          decline_event      calendar
      POST    /events/{id}/forward                          forward_event      calendar
      POST    /calendar/getSchedule                         get_free_busy      calendar     READ
      POST    /calendar/calendarPermissions                 share_calendar     permissions  ADMIN
    `,
  },
  {
    tool: 'onedrive',
    aliases: ['sharepoint', 'microsoft_graph', 'msgraph'],
    words: ['onedrive', 'sharepoint'],
    places: PLACES,
    shorthands: { DRIVE: ['/drive', '/drives/{_}', '/sites/{_}/drive', '/groups/{_}/drive'] },
    operations: `
      POST    DRIVE/items/{id}/invite           share_file          permissions  ADMIN
      POST    DRIVE/items/{id}/createLink       share_file          permissions  ADMIN
      PATCH   DRIVE/items/{id}/permissions/{_}  share_file          permissions  ADMIN
      DELETE  DRIVE/items/{id}/permissions/{_}  unshare_file        permissions  ADMIN
      GET     DRIVE/items/{id}/permissions      list_permissions    permissions
      GET     DRIVE/items/{id}/content          download_file       files
      PUT     DRIVE/items/{id}/content          upload_file         files
      POST    DRIVE/root:/**/invite             share_file          permissions  ADMIN
      POST    DRIVE/root:/**/createLink         share_file          permissions  ADMIN
      PUT     DRIVE/root:/**                    upload_file         files
      GET     DRIVE/root:/**                    get_file            files
      GET     DRIVE/root/**                     search_files        files
      POST    DRIVE/items/{id}/createUploadSession  upload_file     files
      POST    DRIVE/items/{id}/copy             copy_file           files
      GET     DRIVE/items/{id}                  get_file            files
      PATCH   DRIVE/items/{id}                  update_file         files
      DELETE  DRIVE/items/{id}                  delete_file         files
    `,
  },
  {
    tool: 'microsoft_teams',
    aliases: ['teams', 'msteams', 'microsoft_graph', 'msgraph'],
    words: ['msteams'],
    places: PLACES,
    operations: `
      POST    /teams/{_}/channels/{channel}/messages              post_message    messages
      POST    /teams/{_}/channels/{channel}/messages/{_}/replies  post_message    messages
      GET     /teams/{_}/channels/{channel}/messages              read_messages   messages
      POST    /chats/{channel}/messages                           post_message    messages
      GET     /chats/{channel}/messages                           read_messages   messages
      POST    /chats                                              create_chat     channels
      POST    /chats/{channel}/members                            invite_user     permissions  ADMIN
      GET     /teams/{_}/channels                                 list_channels   channels
      POST    /teams/{_}/channels                                 create_channel  channels
      DELETE  /teams/{_}/channels/{channel}                       delete_channel  channels     ADMIN
      POST    /teams/{_}/members                                  invite_user     permissions  ADMIN
      DELETE  /teams/{_}/members/{_}                              remove_user     permissions  ADMIN
      POST    /teams                                              create_team     channels     ADMIN
    `,
  },
];
