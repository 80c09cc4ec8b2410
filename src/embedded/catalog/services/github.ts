import type { ServiceTable } from '../service.ts';

/** The REST API of github.com, and of GitHub Enterprise Server below `/api/v3`. */
export const GITHUB: ServiceTable = {
  tool: 'github',
  aliases: ['gh'],
  words: ['github', 'gh'],
  places: ['api.github.com', 'uploads.github.com', '*.ghe.com', '*/api/v3'],
  shorthands: {
    REPOSITORY: ['/repos/{org}/{repo}', '/repositories/{_}'],
    TEAM: ['/teams/{_}', '/organizations/{_}/team/{_}'],
  },
  operations: `
    POST   REPOSITORY/issues                                create_issue             issues
    GET    REPOSITORY/issues                                list_issues              issues
    GET    REPOSITORY/issues/{_}                            get_issue                issues
    PATCH  REPOSITORY/issues/{_}                            update_issue             issues
    POST   REPOSITORY/issues/{_}/comments                   create_comment           issues
    PATCH  REPOSITORY/issues/comments/{_}                   update_comment           issues
    DELETE REPOSITORY/issues/comments/{_}                   delete_comment           issues
    GET    REPOSITORY/issues/{_}/comments                   list_comments            issues
    POST   REPOSITORY/issues/{_}/labels                     add_labels               issues
    POST   REPOSITORY/issues/{_}/assignees                  add_assignees            issues
    PUT    REPOSITORY/issues/{_}/lock                       lock_issue               issues
    POST   REPOSITORY/pulls                                 create_pull_request      pull_requests
    GET    REPOSITORY/pulls                                 list_pull_requests       pull_requests
    GET    REPOSITORY/pulls/{_}                             get_pull_request         pull_requests
    PATCH  REPOSITORY/pulls/{_}                             update_pull_request      pull_requests
    PUT    REPOSITORY/pulls/{_}/merge                       merge_pull_request       pull_requests
    GET    REPOSITORY/pulls/{_}/files                       list_pull_request_files  pull_requests
    GET    REPOSITORY/pulls/{_}/reviews                     list_reviews             pull_requests
    POST   REPOSITORY/pulls/{_}/reviews                     create_review            pull_requests
    POST   REPOSITORY/pulls/{_}/reviews/{_}/events          create_review            pull_requests
    PUT    REPOSITORY/pulls/{_}/reviews/{_}                 update_review            pull_requests
    PUT    REPOSITORY/pulls/{_}/reviews/{_}/dismissals      dismiss_review           pull_requests
    POST   REPOSITORY/pulls/{_}/comments                    create_review_comment    pull_requests
    POST   REPOSITORY/pulls/{_}/comments/{_}/replies        create_review_comment    pull_requests
    POST   REPOSITORY/pulls/{_}/requested_reviewers         request_reviewers        pull_requests
    PUT    REPOSITORY/collaborators/{principal}             add_collaborator         permissions    ADMIN
    DELETE REPOSITORY/collaborators/{_}                     remove_collaborator      permissions    ADMIN
    GET    REPOSITORY/collaborators                         list_collaborators       permissions
    GET    REPOSITORY/collaborators/{_}                     get_collaborator         permissions
    GET    REPOSITORY/collaborators/{_}/permission          get_collaborator         permissions
    PATCH  REPOSITORY/invitations/{_}                       update_invitation        permissions    ADMIN
    DELETE REPOSITORY/invitations/{_}                       delete_invitation        permissions    ADMIN
    GET    REPOSITORY/contents/**                           get_file                 files
    PUT    REPOSITORY/contents/**                           put_file                 files
    DELETE REPOSITORY/contents/**                           delete_file              files
    GET    REPOSITORY/readme                                get_file                 files
    GET    REPOSITORY/commits                               list_commits             commits
    GET    REPOSITORY/commits/{_}                           get_commit               commits
    POST   REPOSITORY/commits/{_}/comments                  create_comment           commits
    POST   REPOSITORY/git/commits                           create_commit            commits
    POST   REPOSITORY/git/refs                              create_branch            branches
    PATCH  REPOSITORY/git/refs/**                           update_branch            branches
    DELETE REPOSITORY/git/refs/**                           delete_branch            branches
    GET    REPOSITORY/branches                              list_branches            branches
    POST   REPOSITORY/merges                                merge_branch             branches
    PUT|POST|PATCH|DELETE REPOSITORY/branches/{_}/protection/** update_branch_protection branches   ADMIN
    POST   REPOSITORY/releases                              create_release           releases
    GET    REPOSITORY/releases                              list_releases            releases
    PATCH  REPOSITORY/releases/{_}                          update_release           releases
    DELETE REPOSITORY/releases/{_}                          delete_release           releases
    POST   REPOSITORY/releases/{_}/assets                   upload_file              releases
    POST   REPOSITORY/actions/workflows/{_}/dispatches      run_workflow             workflows
    POST   REPOSITORY/dispatches                            run_workflow             workflows
    GET    REPOSITORY/actions/secrets                       list_secrets             credentials
    PUT    REPOSITORY/actions/secrets/{_}                   put_secret               credentials    ADMIN
    DELETE REPOSITORY/actions/secrets/{_}                   delete_secret            credentials    ADMIN
    POST   REPOSITORY/keys                                  create_deploy_key        credentials    ADMIN
    DELETE REPOSITORY/keys/{_}                              delete_deploy_key        credentials    ADMIN
    POST   REPOSITORY/hooks                                 create_webhook           webhooks       ADMIN
    PATCH  REPOSITORY/hooks/{_}                             update_webhook           webhooks       ADMIN
    PATCH  REPOSITORY/hooks/{_}/config                      update_webhook           webhooks       ADMIN
    DELETE REPOSITORY/hooks/{_}                             delete_webhook           webhooks       ADMIN
    POST   REPOSITORY/forks                                 fork_repository          repositories
    POST   REPOSITORY/transfer                              transfer_repository      repositories   ADMIN
    GET    REPOSITORY                                       get_repository           repositories
    PATCH  REPOSITORY                                       update_repository        repositories   ADMIN
    DELETE REPOSITORY                                       delete_repository        repositories   ADMIN
    POST   /user/repos                                               create_repository        repositories
    GET    /user/repos                                               list_repositories        repositories
    POST   /orgs/{org}/repos                                         create_repository        repositories
    GET    /orgs/{org}/repos                                         list_repositories        repositories
    GET    /users/{_}/repos                                          list_repositories        repositories
    PUT    /orgs/{org}/memberships/{principal}                       add_member|add_collaborator permissions ADMIN
    DELETE /orgs/{org}/memberships/{_}                               remove_member            permissions    ADMIN
    DELETE /orgs/{org}/members/{_}                                   remove_member            permissions    ADMIN
    GET    /orgs/{org}/members                                       list_members             users
    POST   /orgs/{org}/invitations                                   invite_member|add_collaborator permissions ADMIN
    PUT    /orgs/{org}/outside_collaborators/{principal}             add_collaborator         permissions    ADMIN
    PUT    /orgs/{org}/teams/{_}/memberships/{principal}             add_team_member|add_collaborator permissions ADMIN
    PUT    TEAM/memberships/{principal}                              add_team_member|add_collaborator permissions ADMIN
    PUT    TEAM/members/{principal}                                  add_team_member|add_collaborator permissions ADMIN
    PUT    /projects/{_}/collaborators/{principal}                   add_collaborator         permissions    ADMIN
    PUT    /orgs/{org}/organization-roles/users/{principal}/{_}      assign_role|add_collaborator permissions ADMIN
    DELETE TEAM/memberships/{_}                                      remove_team_member       permissions    ADMIN
    PUT    TEAM/repos/{org}/{repo}                                   add_team_repository      permissions    ADMIN
    POST   /orgs/{org}/teams                                         create_team              permissions    ADMIN
    DELETE /orgs/{org}/teams/{_}/memberships/{_}                     remove_team_member       permissions    ADMIN
    PUT    /orgs/{org}/teams/{_}/repos/{_}/{repo}                    add_team_repository      permissions    ADMIN
    POST   /orgs/{org}/hooks                                         create_webhook           webhooks       ADMIN
    PUT    /orgs/{org}/actions/secrets/{_}                           put_secret               credentials    ADMIN
    PATCH  /orgs/{org}                                               update_organization      organizations  ADMIN
    POST   /user/keys                                                create_ssh_key           credentials    ADMIN
    DELETE /user/keys/{_}                                            delete_ssh_key           credentials    ADMIN
    POST   /user/emails                                              add_email                users          ADMIN
    PATCH  /user                                                     update_user              users          ADMIN
    GET    /user                                                     get_user                 users
    GET    /users/{_}                                                get_user                 users
    POST   /gists                                                    create_gist              gists
    GET    /gists                                                    list_gists               gists
    PATCH  /gists/{id}                                               update_gist              gists
    DELETE /gists/{id}                                               delete_gist              gists
    GET    /search/repositories                                      search_repositories      repositories
    GET    /search/issues                                            search_issues            issues
    GET    /search/code                                              search_code              files
    GET    /search/users                                             search_users             users
    GET    /notifications                                            list_notifications       notifications
    PUT    /user/starred/{org}/{repo}                                star_repository          repositories
  `,
  synonyms: `
    request_reviewers      request                               reviewer|reviewers
    create_review_comment  review                                comment
    create_comment         comment|reply
    create_review          review|reviews
    create_review          approve                               pull|pr|request
    add_collaborator       add|invite|grant|give|put|set         collaborator|collaborators|collab|collabs|contributor|contributors|access
    add_collaborator       add|grant|give|put                    member|members|user|users|people|person|maintainer|maintainers
    add_collaborator       invite                                repo|repository
    invite_member          invite                                member|user|org|organization
    merge_pull_request     merge                                 pull|pr
    create_pull_request    create|open|new|make|submit|raise     pull|pr
    add_labels             add|set                               label|labels
    create_webhook         create|add|set|register               webhook|hook
    put_secret             create|add|set|put|update             secret|secrets
    create_issue           create|open|new|add|file|report|raise issue|bug
    create_repository      create|new|make|init                  repo|repository
    fork_repository        fork
    put_file               create|write|put|update|commit|push   file|files|content|contents
  `,
};
