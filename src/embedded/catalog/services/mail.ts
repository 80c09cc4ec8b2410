import type { ServiceTable } from '../service.ts';

/** Transactional mail. */
export const MAIL: readonly ServiceTable[] = [
  {
    tool: 'sendgrid',
    places: ['api.sendgrid.com/v3', 'api.eu.sendgrid.com/v3'],
    operations: `
      POST    /mail/send                  send_email      messages
      PUT     /marketing/contacts         add_contact     contacts
      POST    /marketing/contacts/search  search_contacts contacts     READ
      DELETE  /marketing/contacts         delete_contact  contacts
      POST    /marketing/singlesends      create_campaign messages
      PUT     /marketing/singlesends/{id}/schedule  send_campaign  messages
      POST    /api_keys                   create_key      credentials  ADMIN
      DELETE  /api_keys/{id}              delete_key      credentials  ADMIN
      POST    /user/webhooks/event/settings  create_webhook  webhooks  ADMIN
      POST    /teammates                  invite_user     permissions  ADMIN
    `,
  },
  {
    tool: 'mailgun',
    places: ['api.mailgun.net', 'api.eu.mailgun.net', 'api.mailgun.com', 'api.eu.mailgun.com'],
    operations: `
      POST    /v3/{_}/messages              send_email      messages
      POST    /v3/{_}/messages.mime         send_email      messages
      POST    /v3/routes                    create_route    permissions  ADMIN
      POST    /v3/lists/{id}/members        add_member      contacts
      POST    /v3/domains/{id}/webhooks     create_webhook  webhooks     ADMIN
      POST    /v1/keys                      create_key      credentials  ADMIN
      GET     /v3/{_}/events                list_events     messages
    `,
  },
  {
    tool: 'postmark',
    places: ['api.postmarkapp.com'],
    operations: `
      POST  /email                     send_email      messages
      POST  /email/batch               send_email      messages
      POST  /email/withTemplate        send_email      messages
      POST  /email/batchWithTemplates  send_email      messages
      POST  /webhooks                  create_webhook  webhooks  ADMIN
      GET   /messages/outbound         list_messages   messages
    `,
  },
  {
    tool: 'resend',
    words: [],
    places: ['api.resend.com'],
    operations: `
      POST    /emails              send_email      messages
      POST    /emails/batch        send_email      messages
      GET     /emails/{id}         get_email       messages
      POST    /broadcasts          create_campaign messages
      POST    /broadcasts/{id}/send  send_campaign messages
      POST    /audiences/{_}/contacts  add_contact contacts
      POST    /api-keys            create_key      credentials  ADMIN
      DELETE  /api-keys/{id}       delete_key      credentials  ADMIN
    `,
  },
  {
    tool: 'mailchimp',
    aliases: ['mandrill'],
    words: ['mailchimp', 'mandrill'],
    places: ['*.api.mailchimp.com/3.0', 'mandrillapp.com/api/1.0'],
    operations: `
      POST       /campaigns                      create_campaign  messages
      POST       /campaigns/{id}/actions/send    send_campaign    messages
      POST       /campaigns/{id}/actions/schedule  send_campaign  messages
      POST       /lists/{id}/members             add_contact      contacts
      PUT|PATCH  /lists/{id}/members/{_}         update_contact   contacts
      DELETE     /lists/{id}/members/{_}         delete_contact   contacts
      POST       /lists/{id}/webhooks            create_webhook   webhooks  ADMIN
      POST       /messages/send                  send_email       messages
      POST       /messages/send-template         send_email       messages
    `,
  },
];
