import type { ServiceTable } from '../service.ts';

/** CRM, support and shops. */
export const CUSTOMERS: readonly ServiceTable[] = [
  {
    tool: 'hubspot',
    places: ['api.hubapi.com', 'api-eu1.hubapi.com', 'api-na1.hubapi.com'],
    operations: `
      POST    /crm/v3/objects/contacts            create_contact   contacts
      GET     /crm/v3/objects/contacts            list_contacts    contacts
      GET     /crm/v3/objects/contacts/{_}        get_contact      contacts
      PATCH   /crm/v3/objects/contacts/{id}       update_contact   contacts
      DELETE  /crm/v3/objects/contacts/{id}       delete_contact   contacts
      POST    /crm/v3/objects/deals               create_deal      deals
      PATCH   /crm/v3/objects/deals/{id}          update_deal      deals
      POST    /crm/v3/objects/{_}/search          search_records   records      READ
      POST    /crm/v3/objects/{_}/batch/read      list_records     records      READ
      POST    /crm/v3/objects/{_}/batch/archive   delete_record    records
      GET     /crm/v3/objects/{_}                 list_records     records
      POST    /crm/v3/objects/{_}                 create_record    records
      PATCH   /crm/v3/objects/{_}/{id}            update_record    records
      DELETE  /crm/v3/objects/{_}/{id}            delete_record    records
      POST    /marketing/v3/transactional/single-email/send  send_email  messages
      POST    /marketing/v4/email/single-send     send_email       messages
      POST    /conversations/v3/conversations/threads/{id}/messages  post_message  messages
      POST    /settings/v3/users                  create_user      users        ADMIN
      DELETE  /settings/v3/users/{id}             delete_user      users        ADMIN
      POST    /webhooks/v3/{_}/subscriptions      create_webhook   webhooks     ADMIN
    `,
  },
  {
    tool: 'salesforce',
    aliases: ['sfdc'],
    words: ['salesforce', 'sfdc'],
    places: ['*.salesforce.com', '*.force.com', '*.salesforce.mil', '*.cloudforce.com'].map(
      (host) => `${host}/services/data/{_}`,
    ),
    operations: `
      GET     /query                             query_records   records
      GET     /queryAll                          query_records   records
      GET     /search                            search_records  records
      POST    /parameterizedSearch               search_records  records      READ
      POST    /sobjects/User                     create_user     users        ADMIN
      PATCH   /sobjects/User/{id}                update_user     users        ADMIN
      POST    /sobjects/PermissionSetAssignment  assign_role     permissions  ADMIN
      POST    /sobjects/User/{id}/password       set_password    credentials  ADMIN
      POST    /sobjects/{_}                      create_record   records
      GET     /sobjects/{_}/{id}                 get_record      records
      PATCH   /sobjects/{_}/{id}                 update_record   records
      DELETE  /sobjects/{_}/{id}                 delete_record   records
      POST    /actions/standard/emailSimple      send_email      messages
      POST    /chatter/feed-elements             create_post     messages
      POST    /composite/**                      batch           batch        ADMIN
      POST    /jobs/ingest                       create_job      records
    `,
  },
  {
    tool: 'zendesk',
    places: ['*.zendesk.com/api/v2'],
    operations: `
      POST    /tickets                     create_ticket   tickets
      GET     /tickets                     list_tickets    tickets
      GET     /tickets/{id}                get_ticket      tickets
      GET     /tickets/{id}/comments       get_ticket      tickets
      PUT     /tickets/{id}                update_ticket   tickets
      DELETE  /tickets/{id}                delete_ticket   tickets
      PUT     /tickets/update_many         update_ticket   tickets
      DELETE  /tickets/destroy_many        delete_ticket   tickets
      GET     /search                      search_tickets  tickets
      POST    /uploads                     upload_file     files
      POST    /users                       create_user     users        ADMIN
      PUT     /users/{id}                  update_user     users        ADMIN
      DELETE  /users/{id}                  delete_user     users        ADMIN
      POST    /users/{id}/password         set_password    credentials  ADMIN
      POST    /webhooks                    create_webhook  webhooks     ADMIN
      POST    /api_tokens                  create_token    credentials  ADMIN
    `,
  },
  {
    tool: 'intercom',
    places: ['api.intercom.io', 'api.eu.intercom.io', 'api.au.intercom.io'],
    operations: `
      POST    /messages                     send_message          messages
      POST    /conversations                create_conversation   messages
      GET     /conversations                list_conversations    messages
      GET     /conversations/{id}           get_conversation      messages
      POST    /conversations/search         search_conversations  messages  READ
      POST    /conversations/{id}/reply     reply                 messages
      POST    /conversations/{id}/parts     update_conversation   messages
      POST    /contacts                     create_contact        contacts
      GET     /contacts/{_}                 get_contact           contacts
      POST    /contacts/search              search_contacts       contacts  READ
      PUT     /contacts/{id}                update_contact        contacts
      DELETE  /contacts/{id}                delete_contact        contacts
      POST    /tickets                      create_ticket         tickets
    `,
  },
  {
    tool: 'shopify',
    places: ['*.myshopify.com/admin/api/{_}', '*.myshopify.com/admin'],
    operations: `
      GET     /orders                                list_orders       orders
      GET     /orders/{id}                           get_order         orders
      POST    /orders                                create_order      orders
      PUT     /orders/{id}                           update_order      orders
      DELETE  /orders/{id}                           delete_order      orders
      POST    /orders/{id}/cancel                    cancel_order      orders
      POST    /orders/{id}/refunds                   create_refund     payments
      POST    /orders/{id}/transactions              create_payment    payments
      POST    /products                              create_product    products
      PUT     /products/{id}                         update_product    products
      DELETE  /products/{id}                         delete_product    products
      GET     /products                              list_products     products
      GET     /customers                             list_customers    customers
      GET     /customers/{_}                         get_customer      customers
      POST    /customers                             create_customer   customers
      DELETE  /customers/{id}                        delete_customer   customers
      POST    /customers/{id}/send_invite            invite_customer   messages
      POST    /price_rules                           create_discount   payments
      POST    /gift_cards                            create_gift_card  payments
      POST    /draft_orders/{id}/send_invoice        send_invoice      payments
      POST    /inventory_levels/set                  update_inventory  products
      POST    /webhooks                              create_webhook    webhooks  ADMIN
      PUT     /themes/{id}/assets                    update_theme      pages     ADMIN
    `,
  },
];
