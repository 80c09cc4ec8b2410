import type { ServiceTable } from '../service.ts';

/** File storage. */
export const STORAGE: readonly ServiceTable[] = [
  {
    tool: 'dropbox',
    places: ['api.dropboxapi.com/2', 'content.dropboxapi.com/2', 'api.dropbox.com/2', 'notify.dropboxapi.com/2'],
    operations: `
      POST  /files/list_folder                             list_files       files        READ
      POST  /files/list_folder/continue                    list_files       files        READ
      POST  /files/get_metadata                            get_file         files        READ
      POST  /files/search_v2                               search_files     files        READ
      POST  /files/download                                download_file    files        READ
      POST  /files/export                                  export_file      files        READ
      POST  /files/get_temporary_link                      get_link         files        READ
      POST  /files/upload                                  upload_file      files
      POST  /files/upload_session/start                    upload_file      files
      POST  /files/upload_session/finish                   upload_file      files
      POST  /files/save_url                                upload_file      files
      POST  /files/create_folder_v2                        create_folder    files
      POST  /files/move_v2                                 move_file        files
      POST  /files/copy_v2                                 copy_file        files
      POST  /files/delete_v2                               delete_file      files
      POST  /files/permanently_delete                      delete_file      files
      POST  /sharing/add_file_member                       share_file       permissions  ADMIN
      POST  /sharing/add_folder_member                     share_file       permissions  ADMIN
      POST  /sharing/share_folder                          share_file       permissions  ADMIN
      POST  /sharing/create_shared_link_with_settings      share_file       permissions  ADMIN
      POST  /sharing/modify_shared_link_settings           share_file       permissions  ADMIN
      POST  /sharing/revoke_shared_link                    unshare_file     permissions  ADMIN
      POST  /sharing/remove_file_member_2                  unshare_file     permissions  ADMIN
      POST  /sharing/remove_folder_member                  unshare_file     permissions  ADMIN
      POST  /sharing/list_shared_links                     list_permissions permissions  READ
      POST  /users/get_current_account                     get_user         users        READ
      POST  /team/members/add_v2                           create_user      users        ADMIN
      POST  /team/members/remove                           delete_user      users        ADMIN
    `,
  },
  {
    tool: 'box',
    words: [],
    places: ['api.box.com/2.0', 'upload.box.com/api/2.0'],
    operations: `
      POST    /files/content             upload_file     files
      POST    /files/{id}/content        upload_file     files
      GET     /files/{id}/content        download_file   files
      GET     /files/{id}                get_file        files
      PUT     /files/{id}                update_file     files
      DELETE  /files/{id}                delete_file     files
      POST    /files/{id}/copy           copy_file       files
      POST    /folders                   create_folder   files
      GET     /folders/{id}/items        list_files      files
      DELETE  /folders/{id}              delete_folder   files
      POST    /collaborations            share_file      permissions  ADMIN
      PUT     /collaborations/{id}       share_file      permissions  ADMIN
      DELETE  /collaborations/{id}       unshare_file    permissions  ADMIN
      GET     /search                    search_files    files
      POST    /users                     create_user     users        ADMIN
      PUT     /users/{id}                update_user     users        ADMIN
      DELETE  /users/{id}                delete_user     users        ADMIN
      POST    /webhooks                  create_webhook  webhooks     ADMIN
    `,
  },
];
