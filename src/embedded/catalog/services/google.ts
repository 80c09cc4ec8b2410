import type { ServiceTable } from '../service.ts';

/** Google Workspace. Sharing a file is `share_file`, whether internal or external. */
export const GOOGLE: readonly ServiceTable[] = [
  {
    // Requests of any of the APIs, in one.
    tool: 'google_batch',
    words: [],
    places: ['*.googleapis.com/batch'],
    operations: `
      POST  /    batch  batch  ADMIN
      POST  /**  batch  batch  ADMIN
    `,
  },
  {
    tool: 'google_drive',
    aliases: ['gdrive', 'drive'],
    words: ['gdrive', 'googledrive', 'drive'],
    places: [
      '*.googleapis.com/drive/v3',
      ...['clients6.google.com', '*.clients6.google.com'].flatMap((host) =>
        ['v2', 'v2internal', 'v3'].map((version) => `${host}/drive/${version}`),
      ),
      '*.googleapis.com/drive/v2',
      '*.googleapis.com/upload/drive/v3',
      '*.googleapis.com/upload/drive/v2',
      '*.googleapis.com/resumable/upload/drive/v3',
    ],
    operations: `
      POST       /files/{id}/permissions          share_file          permissions  ADMIN
      PATCH|PUT  /files/{id}/permissions/{_}      share_file          permissions  ADMIN
      DELETE     /files/{id}/permissions/{_}      unshare_file        permissions  ADMIN
      GET        /files/{id}/permissions          list_permissions    permissions
      GET        /files/{id}/permissions/{_}      list_permissions    permissions
      GET        /files/{id}/export               export_file         files
      POST       /files/{id}/copy                 copy_file           files
      POST       /files/{id}/watch                create_webhook      webhooks     ADMIN
      POST       /changes/watch                   create_webhook      webhooks     ADMIN
      POST       /files/{id}/comments             create_comment      files
      DELETE     /files/trash                     empty_trash         files
      GET        /files                           search_files        files
      POST       /files                           upload_file         files
      GET        /files/{id}                      get_file            files
      PATCH|PUT  /files/{id}                      update_file         files
      DELETE     /files/{id}                      delete_file         files
      POST       /files/{id}/trash                delete_file         files
      GET        /drives                          list_drives         files
      POST       /drives                          create_drive        files        ADMIN
      PATCH|PUT  /drives/{id}                     update_drive        files        ADMIN
      DELETE     /drives/{id}                     delete_drive        files        ADMIN
      GET        /about                           get_about           users
    `,
    synonyms: `
      share_file     share|sharing|shares
      share_file     create|add|grant|insert|set|update|give|change|manage|transfer  permission|permissions|access|ownership|owner
      share_file     invite
      share_file     public|publish|anyone|everyone|everybody|publicly
      export_file    export
      upload_file    upload|create|add|write|save  file|files|document|doc|folder|pdf
      upload_file    upload
      copy_file      copy|duplicate
      update_file    update|edit|rename|move|append  file|files|document|doc|folder
      delete_file    delete|remove|trash  file|files|document|doc|folder
    `,
  },
  {
    tool: 'gmail',
    aliases: ['google_mail'],
    words: ['gmail'],
    places: ['*.googleapis.com/gmail/v1', '*.googleapis.com/upload/gmail/v1'],
    operations: `
      POST          /users/{_}/messages/send                       send_email         messages
      POST          /users/{_}/drafts/send                         send_email         messages
      POST          /users/{_}/drafts                              create_draft       messages
      PUT           /users/{_}/drafts/{id}                         update_draft       messages
      DELETE        /users/{_}/drafts/{id}                         delete_draft       messages
      GET           /users/{_}/messages                            search_emails      messages
      GET           /users/{_}/messages/{id}                       get_email          messages
      GET           /users/{_}/messages/{id}/attachments/{_}       get_attachment     messages
      DELETE        /users/{_}/messages/{id}                       delete_email       messages
      POST          /users/{_}/messages/{id}/trash                 delete_email       messages
      POST          /users/{_}/messages/batchDelete                delete_email       messages
      POST          /users/{_}/messages/{id}/modify                modify_email       messages
      POST          /users/{_}/messages/batchModify                modify_email       messages
      POST          /users/{_}/messages/import                     import_email       messages
      GET           /users/{_}/threads                             list_threads       messages
      GET           /users/{_}/threads/{id}                        get_thread         messages
      DELETE        /users/{_}/threads/{id}                        delete_thread      messages
      POST          /users/{_}/watch                               create_webhook     webhooks     ADMIN
      GET           /users/{_}/settings/**                         get_settings       settings
      POST|PUT      /users/{_}/settings/forwardingAddresses        create_forwarding  permissions  ADMIN
      PUT           /users/{_}/settings/autoForwarding             create_forwarding  permissions  ADMIN
      POST          /users/{_}/settings/filters                    create_filter      permissions  ADMIN
      POST          /users/{_}/settings/delegates                  add_delegate       permissions  ADMIN
      POST|PUT|PATCH|DELETE /users/{_}/settings/**                 update_settings    settings     ADMIN
    `,
  },
  {
    tool: 'google_calendar',
    aliases: ['gcal', 'calendar'],
    words: ['gcal', 'googlecalendar'],
    places: ['*.googleapis.com/calendar/v3'],
    operations: `
      POST           /calendars/{_}/events                create_event      calendar
      POST           /calendars/{_}/events/quickAdd       create_event      calendar
      POST           /calendars/{_}/events/import         create_event      calendar
      POST           /calendars/{_}/events/watch          create_webhook    webhooks     ADMIN
      GET            /calendars/{_}/events                list_events       calendar
      GET            /calendars/{_}/events/{id}           get_event         calendar
      PUT|PATCH      /calendars/{_}/events/{id}           update_event      calendar
      DELETE         /calendars/{_}/events/{id}           delete_event      calendar
      POST           /calendars/{_}/events/{id}/move      move_event        calendar
      POST           /calendars/{id}/acl                  share_calendar    permissions  ADMIN
      PUT|PATCH      /calendars/{id}/acl/{_}              share_calendar    permissions  ADMIN
      DELETE         /calendars/{id}/acl/{_}              unshare_calendar  permissions  ADMIN
      POST           /freeBusy                            get_free_busy     calendar     READ
      POST           /calendars                           create_calendar   calendar
      DELETE         /calendars/{id}                      delete_calendar   calendar     ADMIN
      POST           /calendars/{id}/clear                clear_calendar    calendar     ADMIN
      GET            /users/me/calendarList               list_calendars    calendar
    `,
  },
  {
    tool: 'google_sheets',
    aliases: ['sheets'],
    words: ['gsheets', 'googlesheets'],
    places: ['sheets.googleapis.com/v4', 'content-sheets.googleapis.com/v4', 'sheets.mtls.googleapis.com/v4'],
    operations: `
      POST  /spreadsheets                                   create_spreadsheet  files
      GET   /spreadsheets/{id}                              get_spreadsheet     files
      POST  /spreadsheets/{id}/:batchUpdate                 update_spreadsheet  files
      GET   /spreadsheets/{id}/values/{_}                   read_values         files
      GET   /spreadsheets/{id}/values/:batchGet             read_values         files
      PUT   /spreadsheets/{id}/values/{_}                   update_values       files
      POST  /spreadsheets/{id}/values/{_}/:append           append_values       files
      POST  /spreadsheets/{id}/values/{_}/:clear            clear_values        files
      POST  /spreadsheets/{id}/values/:batchUpdate          update_values       files
      POST  /spreadsheets/{id}/values/:batchClear           clear_values        files
    `,
  },
  {
    tool: 'google_docs',
    aliases: ['docs'],
    words: ['gdocs', 'googledocs'],
    places: ['docs.googleapis.com/v1', 'content-docs.googleapis.com/v1', 'docs.mtls.googleapis.com/v1'],
    operations: `
      POST  /documents                    create_document  files
      GET   /documents/{id}               get_document     files
      POST  /documents/{id}/:batchUpdate  update_document  files
    `,
  },
  {
    tool: 'google_admin',
    aliases: ['google_workspace'],
    words: [],
    places: ['*.googleapis.com/admin/directory/v1'],
    operations: `
      POST       /users                          create_user      users        ADMIN
      GET        /users                          list_users       users
      GET        /users/{_}                      get_user         users
      PUT|PATCH  /users/{id}                     update_user      users        ADMIN
      DELETE     /users/{id}                     delete_user      users        ADMIN
      POST       /users/{id}/makeAdmin           make_admin       permissions  ADMIN
      POST       /users/{id}/signOut             sign_out_user    users        ADMIN
      POST       /users/{id}/aliases             add_alias        users        ADMIN
      POST       /groups                         create_group     users        ADMIN
      DELETE     /groups/{id}                    delete_group     users        ADMIN
      POST       /groups/{id}/members            add_member       permissions  ADMIN
      DELETE     /groups/{id}/members/{_}        remove_member    permissions  ADMIN
      GET        /groups/{_}/members             list_members     users
      POST       /customer/{_}/roleassignments   assign_role      permissions  ADMIN
      POST       /customer/{_}/roles             create_role      permissions  ADMIN
    `,
  },
];
