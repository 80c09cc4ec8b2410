import type { ServiceTable } from '../service.ts';

/** Identity providers. */
export const IDENTITY: readonly ServiceTable[] = [
  {
    tool: 'okta',
    places: ['okta.com', 'oktapreview.com', 'okta-emea.com', 'okta-gov.com', 'okta.mil', 'trexcloud.com'].map(
      (domain) => `*.${domain}/api/v1`,
    ),
    operations: `
      POST      /users                                    create_user      users        ADMIN
      GET       /users                                    list_users       users
      GET       /users/{_}                                get_user         users
      POST|PUT  /users/{id}                               update_user      users        ADMIN
      DELETE    /users/{id}                               delete_user      users        ADMIN
      POST      /users/{id}/lifecycle/reset_password      reset_password   credentials  ADMIN
      POST      /users/{id}/lifecycle/expire_password     reset_password   credentials  ADMIN
      POST      /users/{id}/lifecycle/reset_factors       reset_factors    credentials  ADMIN
      POST      /users/{id}/lifecycle/deactivate          deactivate_user  users        ADMIN
      POST      /users/{id}/lifecycle/suspend             suspend_user     users        ADMIN
      POST      /users/{id}/lifecycle/{_}                 update_user      users        ADMIN
      POST      /users/{id}/credentials/**                set_password     credentials  ADMIN
      DELETE    /users/{id}/factors/{_}                   delete_factor    credentials  ADMIN
      DELETE    /users/{id}/sessions                      revoke_sessions  credentials  ADMIN
      POST      /users/{id}/roles                         assign_role      permissions  ADMIN
      PUT       /groups/{id}/users/{principal}            add_member       permissions  ADMIN
      DELETE    /groups/{id}/users/{_}                    remove_member    permissions  ADMIN
      POST      /groups                                   create_group     users        ADMIN
      POST      /apps                                     create_application  permissions  ADMIN
      POST      /apps/{id}/users                          assign_application  permissions  ADMIN
      POST      /policies                                 create_policy    permissions  ADMIN
      PUT       /policies/{id}                            update_policy    permissions  ADMIN
      POST      /api-tokens                               create_token     credentials  ADMIN
      POST      /eventHooks                               create_webhook   webhooks     ADMIN
      GET       /logs                                     list_logs        logs
    `,
  },
  {
    tool: 'auth0',
    places: ['*.auth0.com/api/v2'],
    operations: `
      POST    /users                            create_user      users        ADMIN
      GET     /users                            list_users       users
      GET     /users/{_}                        get_user         users
      PATCH   /users/{id}                       update_user      users        ADMIN
      DELETE  /users/{id}                       delete_user      users        ADMIN
      POST    /users/{id}/roles                 assign_role      permissions  ADMIN
      POST    /users/{id}/permissions           grant_permission permissions  ADMIN
      DELETE  /users/{id}/multifactor/{_}       delete_factor    credentials  ADMIN
      POST    /roles                            create_role      permissions  ADMIN
      POST    /roles/{id}/permissions           grant_permission permissions  ADMIN
      POST    /clients                          create_application  permissions  ADMIN
      POST    /clients/{id}/rotate-secret       rotate_secret    credentials  ADMIN
      POST    /client-grants                    grant_permission permissions  ADMIN
      POST    /tickets/password-change          reset_password   credentials  ADMIN
      POST    /jobs/users-exports               export_users     users        ADMIN
      GET     /logs                             list_logs        logs
    `,
  },
];
