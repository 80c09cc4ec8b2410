import { service, type Service } from '../service.ts';

/** What is done with one repository, which has its number too: `/repositories/1`. */
const ROWS_OF_REPOSITORY = `
  POST   /repos/{org}/{repo}/issues                                create_issue             issues
  GET    /repos/{org}/{repo}/issues                                list_issues              issues
  GET    /repos/{org}/{repo}/issues/{_}                            get_issue                issues
  PATCH  /repos/{org}/{repo}/issues/{_}                            update_issue             issues
  POST   /repos/{org}/{repo}/issues/{_}/comments                   create_comment           issues
  PATCH  /repos/{org}/{repo}/issues/comments/{_}                   update_comment           issues
  DELETE /repos/{org}/{repo}/issues/comments/{_}                   delete_comment           issues
  GET    /repos/{org}/{repo}/issues/{_}/comments                   list_comments            issues
  POST   /repos/{org}/{repo}/issues/{_}/labels                     add_labels               issues
  POST   /repos/{org}/{repo}/issues/{_}/assignees                  add_assignees            issues
  PUT    /repos/{org}/{repo}/issues/{_}/lock                       lock_issue               issues
  POST   /repos/{org}/{repo}/pulls                                 create_pull_request      pull_requests
  GET    /repos/{org}/{repo}/pulls                                 list_pull_requests       pull_requests
  GET    /repos/{org}/{repo}/pulls/{_}                             get_pull_request         pull_requests
  PATCH  /repos/{org}/{repo}/pulls/{_}                             update_pull_request      pull_requests
  PUT    /repos/{org}/{repo}/pulls/{_}/merge                       merge_pull_request       pull_requests
  GET    /repos/{org}/{repo}/pulls/{_}/files                       list_pull_request_files  pull_requests
  GET    /repos/{org}/{repo}/pulls/{_}/reviews                     list_reviews             pull_requests
  POST   /repos/{org}/{repo}/pulls/{_}/reviews                     create_review            pull_requests
  POST   /repos/{org}/{repo}/pulls/{_}/reviews/{_}/events          create_review            pull_requests
  PUT    /repos/{org}/{repo}/pulls/{_}/reviews/{_}                 update_review            pull_requests
  PUT    /repos/{org}/{repo}/pulls/{_}/reviews/{_}/dismissals      dismiss_review           pull_requests
  POST   /repos/{org}/{repo}/pulls/{_}/comments                    create_review_comment    pull_requests
  POST   /repos/{org}/{repo}/pulls/{_}/comments/{_}/replies        create_review_comment    pull_requests
  POST   /repos/{org}/{repo}/pulls/{_}/requested_reviewers         request_reviewers        pull_requests
  PUT    /repos/{org}/{repo}/collaborators/{principal}             add_collaborator         permissions    ADMIN
  DELETE /repos/{org}/{repo}/collaborators/{_}                     remove_collaborator      permissions    ADMIN
  GET    /repos/{org}/{repo}/collaborators                         list_collaborators       permissions
  GET    /repos/{org}/{repo}/collaborators/{_}                     get_collaborator         permissions
  GET    /repos/{org}/{repo}/collaborators/{_}/permission          get_collaborator         permissions
  PATCH  /repos/{org}/{repo}/invitations/{_}                       update_invitation        permissions    ADMIN
  DELETE /repos/{org}/{repo}/invitations/{_}                       delete_invitation        permissions    ADMIN
  GET    /repos/{org}/{repo}/contents/**                           get_file                 files
  PUT    /repos/{org}/{repo}/contents/**                           put_file                 files
  DELETE /repos/{org}/{repo}/contents/**                           delete_file              files
  GET    /repos/{org}/{repo}/readme                                get_file                 files
  GET    /repos/{org}/{repo}/commits                               list_commits             commits
  GET    /repos/{org}/{repo}/commits/{_}                           get_commit               commits
  POST   /repos/{org}/{repo}/commits/{_}/comments                  create_comment           commits
  POST   /repos/{org}/{repo}/git/commits                           create_commit            commits
  POST   /repos/{org}/{repo}/git/refs                              create_branch            branches
  PATCH  /repos/{org}/{repo}/git/refs/**                           update_branch            branches
  DELETE /repos/{org}/{repo}/git/refs/**                           delete_branch            branches
  GET    /repos/{org}/{repo}/branches                              list_branches            branches
  POST   /repos/{org}/{repo}/merges                                merge_branch             branches
  PUT|POST|PATCH|DELETE /repos/{org}/{repo}/branches/{_}/protection/** update_branch_protection branches   ADMIN
  POST   /repos/{org}/{repo}/releases                              create_release           releases
  GET    /repos/{org}/{repo}/releases                              list_releases            releases
  PATCH  /repos/{org}/{repo}/releases/{_}                          update_release           releases
  DELETE /repos/{org}/{repo}/releases/{_}                          delete_release           releases
  POST   /repos/{org}/{repo}/releases/{_}/assets                   upload_file              releases
  POST   /repos/{org}/{repo}/actions/workflows/{_}/dispatches      run_workflow             workflows
  POST   /repos/{org}/{repo}/dispatches                            run_workflow             workflows
  GET    /repos/{org}/{repo}/actions/secrets                       list_secrets             credentials
  PUT    /repos/{org}/{repo}/actions/secrets/{_}                   put_secret               credentials    ADMIN
  DELETE /repos/{org}/{repo}/actions/secrets/{_}                   delete_secret            credentials    ADMIN
  POST   /repos/{org}/{repo}/keys                                  create_deploy_key        credentials    ADMIN
  DELETE /repos/{org}/{repo}/keys/{_}                              delete_deploy_key        credentials    ADMIN
  POST   /repos/{org}/{repo}/hooks                                 create_webhook           webhooks       ADMIN
  PATCH  /repos/{org}/{repo}/hooks/{_}                             update_webhook           webhooks       ADMIN
  PATCH  /repos/{org}/{repo}/hooks/{_}/config                      update_webhook           webhooks       ADMIN
  DELETE /repos/{org}/{repo}/hooks/{_}                             delete_webhook           webhooks       ADMIN
  POST   /repos/{org}/{repo}/forks                                 fork_repository          repositories
  POST   /repos/{org}/{repo}/transfer                              transfer_repository      repositories   ADMIN
  GET    /repos/{org}/{repo}                                       get_repository           repositories
  PATCH  /repos/{org}/{repo}                                       update_repository        repositories   ADMIN
  DELETE /repos/{org}/{repo}                                       delete_repository        repositories   ADMIN
`;

/** `github` (also `gh`): github.com's REST API, and the same under `/api/v3` of a GitHub Enterprise Server. */
export const GITHUB: Service = service({
  tool: 'github',
  aliases: ['gh'],
  words: ['github', 'gh'],
  places: ['api.github.com', 'uploads.github.com', '*.ghe.com', '*/api/v3'],
  operations: `
    ${ROWS_OF_REPOSITORY}
    ${ROWS_OF_REPOSITORY.replaceAll('/repos/{org}/{repo}', '/repositories/{_}')}
    POST   /user/repos                                               create_repository        repositories
    GET    /user/repos                                               list_repositories        repositories
    POST   /orgs/{org}/repos                                         create_repository        repositories
    GET    /orgs/{org}/repos                                         list_repositories        repositories
    GET    /users/{_}/repos                                          list_repositories        repositories
    PUT    /orgs/{org}/memberships/{principal}                       add_member               permissions    ADMIN
    DELETE /orgs/{org}/memberships/{_}                               remove_member            permissions    ADMIN
    DELETE /orgs/{org}/members/{_}                                   remove_member            permissions    ADMIN
    GET    /orgs/{org}/members                                       list_members             users
    POST   /orgs/{org}/invitations                                   invite_member            permissions    ADMIN
    PUT    /orgs/{org}/outside_collaborators/{principal}             add_collaborator         permissions    ADMIN
    PUT    /orgs/{org}/teams/{_}/memberships/{principal}             add_team_member          permissions    ADMIN
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
});
