import type { ServiceTable } from '../service.ts';

/** Project management and knowledge bases. */
export const WORK: readonly ServiceTable[] = [
  {
    tool: 'jira',
    aliases: ['atlassian'],
    places: [
      '*.atlassian.net/rest/api/2',
      '*.atlassian.net/rest/api/3',
      'api.atlassian.com/ex/jira/{_}/rest/api/2',
      'api.atlassian.com/ex/jira/{_}/rest/api/3',
    ],
    operations: `
      POST    /issue                          create_issue      issues
      POST    /issue/bulk                     create_issue      issues
      GET     /issue/{id}                     get_issue         issues
      PUT     /issue/{id}                     update_issue      issues
      DELETE  /issue/{id}                     delete_issue      issues
      POST    /issue/{id}/comment             create_comment    issues
      POST    /issue/{id}/transitions         transition_issue  issues
      PUT     /issue/{id}/assignee            assign_issue      issues
      POST    /issue/{id}/attachments         upload_file       issues
      POST    /issue/{id}/notify              send_email        messages
      POST    /issue/{id}/watchers            add_watcher       issues
      POST    /issueLink                      link_issues       issues
      GET     /search                         search_issues     issues
      POST    /search                         search_issues     issues       READ
      GET     /search/jql                     search_issues     issues
      POST    /search/jql                     search_issues     issues       READ
      POST    /project                        create_project    projects     ADMIN
      PUT     /project/{id}                   update_project    projects     ADMIN
      DELETE  /project/{id}                   delete_project    projects     ADMIN
      POST    /project/{id}/role/{_}          assign_role       permissions  ADMIN
      POST    /user                           create_user       users        ADMIN
      DELETE  /user                           delete_user       users        ADMIN
      POST    /group/user                     add_member        permissions  ADMIN
      DELETE  /group/user                     remove_member     permissions  ADMIN
      POST    /permissionscheme               update_permissions  permissions  ADMIN
      POST    /webhook                        create_webhook    webhooks     ADMIN
      GET     /myself                         get_user          users
    `,
  },
  {
    tool: 'confluence',
    aliases: ['atlassian'],
    places: ['*.atlassian.net/wiki', 'api.atlassian.com/ex/confluence/{_}/wiki'],
    operations: `
      POST    /rest/api/content                        create_page        pages
      GET     /rest/api/content/search                 search_pages       pages
      GET     /rest/api/search                         search_pages       pages
      GET     /rest/api/content/{id}                   get_page           pages
      PUT     /rest/api/content/{id}                   update_page        pages
      DELETE  /rest/api/content/{id}                   delete_page        pages
      POST    /rest/api/content/{id}/child/attachment  upload_file        files
      PUT|POST|DELETE /rest/api/content/{id}/restriction/**  update_permissions  permissions  ADMIN
      POST    /rest/api/space/{id}/permission          update_permissions permissions  ADMIN
      DELETE  /rest/api/space/{id}                     delete_space       projects     ADMIN
      POST    /api/v2/pages                            create_page        pages
      GET     /api/v2/pages/{id}                       get_page           pages
      PUT     /api/v2/pages/{id}                       update_page        pages
      DELETE  /api/v2/pages/{id}                       delete_page        pages
      POST    /api/v2/footer-comments                  create_comment     pages
    `,
  },
  {
    tool: 'notion',
    words: ['notion'],
    places: ['api.notion.com/v1'],
    operations: `
      POST    /search                    search_pages    pages      READ
      POST    /pages                     create_page     pages
      GET     /pages/{id}                get_page        pages
      PATCH   /pages/{id}                update_page     pages
      POST    /databases                 create_database pages
      PATCH   /databases/{id}            update_database pages
      POST    /databases/{id}/query      query_database  pages      READ
      POST    /data_sources/{id}/query   query_database  pages      READ
      GET     /blocks/{id}/children      get_page        pages
      PATCH   /blocks/{id}/children      update_page     pages
      PATCH   /blocks/{id}               update_page     pages
      DELETE  /blocks/{id}               delete_page     pages
      POST    /comments                  create_comment  pages
      POST    /file_uploads              upload_file     files
      GET     /users                     list_users      users
    `,
  },
  { tool: 'linear', words: [], places: ['api.linear.app'], operations: '' },
  {
    tool: 'asana',
    places: ['app.asana.com/api/1.0'],
    operations: `
      POST    /tasks                            create_task     tasks
      GET     /tasks                            list_tasks      tasks
      GET     /tasks/{id}                       get_task        tasks
      PUT     /tasks/{id}                       update_task     tasks
      DELETE  /tasks/{id}                       delete_task     tasks
      POST    /tasks/{id}/stories               create_comment  tasks
      POST    /tasks/{id}/addFollowers          add_follower    tasks
      POST    /tasks/{id}/subtasks              create_task     tasks
      POST    /attachments                      upload_file     files
      POST    /projects                         create_project  projects
      DELETE  /projects/{id}                    delete_project  projects     ADMIN
      POST    /projects/{id}/addMembers         add_member      permissions  ADMIN
      POST    /workspaces/{id}/addUser          invite_user     permissions  ADMIN
      POST    /workspaces/{id}/removeUser       remove_user     permissions  ADMIN
      POST    /teams/{id}/addUser               invite_user     permissions  ADMIN
      POST    /webhooks                         create_webhook  webhooks     ADMIN
    `,
  },
  {
    tool: 'trello',
    places: ['api.trello.com/1'],
    operations: `
      POST    /cards                          create_card     tasks
      GET     /cards/{id}                     get_card        tasks
      PUT     /cards/{id}                     update_card     tasks
      DELETE  /cards/{id}                     delete_card     tasks
      POST    /cards/{id}/actions/comments    create_comment  tasks
      POST    /cards/{id}/attachments         upload_file     files
      POST    /lists                          create_list     tasks
      POST    /boards                         create_board    projects
      PUT     /boards/{id}                    update_board    projects
      DELETE  /boards/{id}                    delete_board    projects     ADMIN
      PUT     /boards/{id}/members            invite_user     permissions  ADMIN
      PUT     /boards/{id}/members/{principal} invite_user    permissions  ADMIN
      DELETE  /boards/{id}/members/{_}        remove_user     permissions  ADMIN
      POST    /webhooks                       create_webhook  webhooks     ADMIN
      POST    /tokens/{_}/webhooks            create_webhook  webhooks     ADMIN
      GET     /search                         search          tasks
    `,
  },
  {
    tool: 'airtable',
    places: ['api.airtable.com/v0'],
    operations: `
      POST       /meta/bases                          create_base     records  ADMIN
      POST       /meta/bases/{id}/tables              create_table    records  ADMIN
      POST       /meta/bases/{id}/collaborators       invite_user     permissions  ADMIN
      GET        /meta/**                             get_schema      records
      POST       /bases/{id}/webhooks                 create_webhook  webhooks  ADMIN
      GET        /{id}/{id}                           list_records    records
      GET        /{id}/{id}/{_}                       get_record      records
      POST       /{id}/{id}                           create_record   records
      POST       /{id}/{id}/listRecords               list_records    records  READ
      PATCH|PUT  /{id}/{id}                           update_record   records
      PATCH|PUT  /{id}/{id}/{_}                       update_record   records
      DELETE     /{id}/{id}                           delete_record   records
      DELETE     /{id}/{id}/{_}                       delete_record   records
    `,
  },
];
