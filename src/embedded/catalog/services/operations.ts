import type { ServiceTable } from '../service.ts';

/** Monitoring and incidents, and the OpenAI API. */
export const OPERATIONS: readonly ServiceTable[] = [
  {
    tool: 'pagerduty',
    places: ['api.pagerduty.com', 'events.pagerduty.com', 'api.eu.pagerduty.com', 'events.eu.pagerduty.com'],
    operations: `
      POST    /incidents                create_incident  incidents
      GET     /incidents                list_incidents   incidents
      PUT     /incidents                update_incident  incidents
      PUT     /incidents/{id}           update_incident  incidents
      POST    /incidents/{id}/notes     create_comment   incidents
      POST    /v2/enqueue               create_incident  incidents
      POST    /users                    create_user      users      ADMIN
      PUT     /users/{id}               update_user      users      ADMIN
      DELETE  /users/{id}               delete_user      users      ADMIN
      POST    /schedules/{id}/overrides update_schedule  schedules
      POST    /webhook_subscriptions    create_webhook   webhooks   ADMIN
    `,
  },
  {
    tool: 'datadog',
    places: [
      'api.datadoghq.com/api',
      'api.datadoghq.eu/api',
      'api.us3.datadoghq.com/api',
      'api.us5.datadoghq.com/api',
      'api.ap1.datadoghq.com/api',
      'api.ap2.datadoghq.com/api',
      'api.ddog-gov.com/api',
    ],
    operations: `
      POST    /v1/events               create_event    events
      POST    /v2/logs/events/search   search_logs     logs         READ
      GET     /v1/query                query_metrics   metrics
      POST    /v2/series               send_metrics    metrics
      POST    /v1/monitor              create_monitor  monitors
      PUT     /v1/monitor/{id}         update_monitor  monitors
      DELETE  /v1/monitor/{id}         delete_monitor  monitors
      POST    /v1/monitor/{id}/mute    mute_monitor    monitors
      POST    /v2/users                create_user     users        ADMIN
      DELETE  /v2/users/{id}           delete_user     users        ADMIN
      POST    /v2/roles/{id}/users     assign_role     permissions  ADMIN
      POST    /v2/roles/{id}/permissions  grant_permission  permissions  ADMIN
      POST    /v2/api_keys             create_key      credentials  ADMIN
      POST    /v2/users/{_}/application_keys  create_key  credentials  ADMIN
      POST    /v1/integration/webhooks/configuration/webhooks  create_webhook  webhooks  ADMIN
    `,
  },
  {
    tool: 'sentry',
    places: ['sentry.io/api/0', '*.sentry.io/api/0'],
    operations: `
      GET     /projects/{org}/{_}/issues          list_issues     issues
      GET     /organizations/{org}/issues         list_issues     issues
      GET     /organizations/{org}/issues/{id}    get_issue       issues
      PUT     /organizations/{org}/issues/{id}    update_issue    issues
      DELETE  /organizations/{org}/issues/{id}    delete_issue    issues
      POST    /organizations/{org}/members        invite_user     permissions  ADMIN
      DELETE  /organizations/{org}/members/{_}    remove_user     permissions  ADMIN
      DELETE  /projects/{org}/{id}                delete_project  projects     ADMIN
      PUT     /projects/{org}/{id}                update_project  projects     ADMIN
      POST    /projects/{org}/{id}/keys           create_key      credentials  ADMIN
      POST    /projects/{org}/{id}/hooks          create_webhook  webhooks     ADMIN
      POST    /organizations/{org}/releases       create_release  releases
    `,
  },
  {
    tool: 'openai',
    places: ['api.openai.com/v1', '*.api.openai.com/v1'],
    operations: `
      POST    /chat/completions               create_completion  models
      POST    /responses                      create_response    models
      POST    /embeddings                     create_embedding   models
      POST    /images/generations             create_image       models
      POST    /files                          upload_file        files
      GET     /files                          list_files         files
      GET     /files/{id}/content             download_file      files
      DELETE  /files/{id}                     delete_file        files
      POST    /fine_tuning/jobs               create_job         models
      GET     /models                         list_models        models
      DELETE  /models/{id}                    delete_model       models       ADMIN
      POST    /organization/invites           invite_user        permissions  ADMIN
      POST    /organization/users/{id}        update_user        users        ADMIN
      DELETE  /organization/users/{id}        delete_user        users        ADMIN
      POST    /organization/admin_api_keys    create_key         credentials  ADMIN
      POST    /organization/projects/{id}/service_accounts  create_key  credentials  ADMIN
    `,
  },
];
