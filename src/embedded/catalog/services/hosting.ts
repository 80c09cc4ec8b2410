import type { ServiceTable } from '../service.ts';

/** Hosting platforms, and npm. */
export const HOSTING: readonly ServiceTable[] = [
  {
    tool: 'cloudflare',
    places: ['api.cloudflare.com/client/v4'],
    operations: `
      POST       /zones/{id}/dns_records          create_dns_record  dns
      GET        /zones/{id}/dns_records          list_dns_records   dns
      PUT|PATCH  /zones/{id}/dns_records/{_}      update_dns_record  dns
      DELETE     /zones/{id}/dns_records/{_}      delete_dns_record  dns
      POST       /zones/{id}/purge_cache          purge_cache        dns
      PATCH      /zones/{id}/settings/**          update_settings    settings     ADMIN
      DELETE     /zones/{id}                      delete_zone        dns          ADMIN
      POST       /zones/{id}/firewall/rules       create_firewall_rule  permissions  ADMIN
      PUT        /accounts/{_}/workers/scripts/{id}  deploy          deployments
      DELETE     /accounts/{_}/workers/scripts/{id}  delete_worker   deployments
      PUT        /accounts/{_}/workers/scripts/{id}/secrets  put_secret  credentials  ADMIN
      POST       /accounts/{id}/members           invite_user        permissions  ADMIN
      DELETE     /accounts/{id}/members/{_}       remove_user        permissions  ADMIN
      POST       /user/tokens                     create_token       credentials  ADMIN
      PUT        /user/tokens/{id}                update_token       credentials  ADMIN
    `,
  },
  {
    tool: 'vercel',
    places: ['api.vercel.com/{_}'],
    operations: `
      POST    /deployments               deploy            deployments
      GET     /deployments               list_deployments  deployments
      PATCH   /deployments/{id}/cancel   cancel_deployment deployments
      DELETE  /deployments/{id}          delete_deployment deployments
      POST    /projects                  create_project    projects
      PATCH   /projects/{id}             update_project    projects     ADMIN
      DELETE  /projects/{id}             delete_project    projects     ADMIN
      POST    /projects/{id}/env         put_secret        credentials  ADMIN
      PATCH   /projects/{id}/env/{_}     put_secret        credentials  ADMIN
      GET     /projects/{id}/env         list_secrets      credentials
      POST    /projects/{id}/members     invite_user       permissions  ADMIN
      POST    /teams/{id}/members        invite_user       permissions  ADMIN
      POST    /webhooks                  create_webhook    webhooks     ADMIN
      POST    /user/tokens               create_token      credentials  ADMIN
    `,
  },
  {
    tool: 'netlify',
    places: ['api.netlify.com/api/v1'],
    operations: `
      POST       /sites                     create_site     projects
      GET        /sites                     list_sites      projects
      PATCH|PUT  /sites/{id}                update_site     projects     ADMIN
      DELETE     /sites/{id}                delete_site     projects     ADMIN
      POST       /sites/{id}/deploys        deploy          deployments
      POST       /sites/{id}/builds         deploy          deployments
      POST       /accounts/{id}/env         put_secret      credentials  ADMIN
      PUT|PATCH  /accounts/{id}/env/{_}     put_secret      credentials  ADMIN
      POST       /{id}/members              invite_user     permissions  ADMIN
      POST       /hooks                     create_webhook  webhooks     ADMIN
    `,
  },
  {
    tool: 'heroku',
    places: ['api.heroku.com'],
    operations: `
      POST    /apps                         create_app      projects
      GET     /apps                         list_apps       projects
      PATCH   /apps/{id}                    update_app      projects     ADMIN
      DELETE  /apps/{id}                    delete_app      projects     ADMIN
      GET     /apps/{id}/config-vars        list_secrets    credentials
      PATCH   /apps/{id}/config-vars        put_secret      credentials  ADMIN
      POST    /apps/{id}/collaborators      add_collaborator permissions ADMIN
      DELETE  /apps/{id}/collaborators/{_}  remove_collaborator permissions ADMIN
      POST    /apps/{id}/builds             deploy          deployments
      POST    /apps/{id}/releases           deploy          deployments
      POST    /apps/{id}/dynos              run_command     code
      DELETE  /apps/{id}/dynos              restart         deployments
      PATCH   /apps/{id}/formation          scale           deployments
      POST    /account/keys                 create_ssh_key  credentials  ADMIN
      POST    /oauth/authorizations         create_token    credentials  ADMIN
    `,
  },
  {
    tool: 'digitalocean',
    places: ['api.digitalocean.com/v2'],
    operations: `
      POST    /droplets                    create_server    servers
      GET     /droplets                    list_servers     servers
      DELETE  /droplets                    delete_server    servers      ADMIN
      DELETE  /droplets/{id}               delete_server    servers      ADMIN
      POST    /droplets/{id}/actions       update_server    servers
      POST    /account/keys                create_ssh_key   credentials  ADMIN
      DELETE  /account/keys/{id}           delete_ssh_key   credentials  ADMIN
      POST    /domains/{id}/records        create_dns_record  dns
      DELETE  /domains/{id}/records/{_}    delete_dns_record  dns
      POST    /firewalls                   create_firewall_rule  permissions  ADMIN
      PUT     /firewalls/{id}              update_firewall_rule  permissions  ADMIN
      POST    /databases                   create_database  databases
      DELETE  /databases/{id}              delete_database  databases    ADMIN
      POST    /databases/{id}/users        create_user      users        ADMIN
    `,
  },
  {
    tool: 'npm',
    places: ['registry.npmjs.org'],
    operations: `
      PUT     /-/org/{org}/user             add_member       permissions  ADMIN
      PUT     /-/package/{_}/access         update_permissions permissions ADMIN
      POST    /-/npm/v1/tokens              create_token     credentials  ADMIN
      DELETE  /-/npm/v1/tokens/**           delete_token     credentials  ADMIN
      PUT     /-/package/{id}/dist-tags/{_} update_tag       packages
      PUT     /{id}                         publish_package  packages
      DELETE  /{id}/-/{_}/-rev/{_}          delete_package   packages     ADMIN
      DELETE  /{id}/-rev/{_}                delete_package   packages     ADMIN
      GET     /-/v1/search                  search_packages  packages
      GET     /{id}                         get_package      packages
      GET     /{id}/**                      get_package      packages
    `,
  },
];
