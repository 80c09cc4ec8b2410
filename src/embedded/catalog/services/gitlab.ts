import type { ServiceTable } from '../service.ts';

/** The REST API of gitlab.com and of self-hosted GitLab. A project is a number or its encoded path. */
export const GITLAB: ServiceTable = {
  tool: 'gitlab',
  places: ['gitlab.com/api/v4', '*/api/v4'],
  operations: `
    POST   /projects/{project}/issues                               create_issue           issues
    GET    /projects/{project}/issues                               list_issues            issues
    PUT    /projects/{project}/issues/{_}                           update_issue           issues
    DELETE /projects/{project}/issues/{_}                           delete_issue           issues
    POST   /projects/{project}/issues/{_}/notes                     create_comment         issues
    POST   /projects/{project}/merge_requests                       create_merge_request   merge_requests
    GET    /projects/{project}/merge_requests                       list_merge_requests    merge_requests
    PUT    /projects/{project}/merge_requests/{_}                   update_merge_request   merge_requests
    PUT    /projects/{project}/merge_requests/{_}/merge             merge_merge_request    merge_requests
    POST   /projects/{project}/merge_requests/{_}/approve           create_review          merge_requests
    POST   /projects/{project}/merge_requests/{_}/notes             create_comment         merge_requests
    POST   /projects/{project}/members                              add_collaborator       permissions   ADMIN
    PUT    /projects/{project}/members/{_}                          update_collaborator    permissions   ADMIN
    DELETE /projects/{project}/members/{_}                          remove_collaborator    permissions   ADMIN
    POST   /projects/{project}/invitations                          add_collaborator       permissions   ADMIN
    POST   /projects/{project}/share                                share_project          permissions   ADMIN
    POST   /groups/{org}/members                                    add_member             permissions   ADMIN
    POST   /groups/{org}/invitations                                add_member             permissions   ADMIN
    DELETE /groups/{org}/members/{_}                                remove_member          permissions   ADMIN
    GET    /projects/{project}/repository/files/{_}                 get_file               files
    GET    /projects/{project}/repository/files/{_}/raw             get_file               files
    POST   /projects/{project}/repository/files/{_}                 create_file            files
    PUT    /projects/{project}/repository/files/{_}                 put_file               files
    DELETE /projects/{project}/repository/files/{_}                 delete_file            files
    POST   /projects/{project}/repository/commits                   create_commit          commits
    POST   /projects/{project}/repository/branches                  create_branch          branches
    DELETE /projects/{project}/repository/branches/{_}              delete_branch          branches
    POST   /projects/{project}/pipeline                             run_pipeline           workflows
    POST   /projects/{project}/trigger/pipeline                     run_pipeline           workflows
    POST   /projects/{project}/variables                            create_variable        credentials   ADMIN
    PUT    /projects/{project}/variables/{_}                        update_variable        credentials   ADMIN
    POST   /projects/{project}/access_tokens                        create_access_token    credentials   ADMIN
    POST   /projects/{project}/deploy_keys                          create_deploy_key      credentials   ADMIN
    POST   /projects/{project}/hooks                                create_webhook         webhooks      ADMIN
    PUT    /projects/{project}/hooks/{_}                            update_webhook         webhooks      ADMIN
    DELETE /projects/{project}/hooks/{_}                            delete_webhook         webhooks      ADMIN
    GET    /projects                                                list_projects          repositories
    POST   /projects                                                create_project         repositories
    GET    /projects/{project}                                      get_project            repositories
    PUT    /projects/{project}                                      update_project         repositories  ADMIN
    DELETE /projects/{project}                                      delete_project         repositories  ADMIN
    POST   /projects/{project}/fork                                 fork_project           repositories
    PUT    /projects/{project}/transfer                             transfer_project       repositories  ADMIN
    POST   /users                                                   create_user            users         ADMIN
    PUT    /users/{_}                                               update_user            users         ADMIN
    DELETE /users/{_}                                               delete_user            users         ADMIN
    POST   /user/keys                                               create_ssh_key         credentials   ADMIN
    GET    /user                                                    get_user               users
    POST   /snippets                                                create_snippet         snippets
    GET    /search                                                  search                 repositories
  `,
  synonyms: `
    create_review         approve                              merge|mr
    create_merge_request  create|open|new|submit               merge|mr
    add_collaborator      add|invite                           member|collaborator|user
  `,
};
