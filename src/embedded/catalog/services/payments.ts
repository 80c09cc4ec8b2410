import type { ServiceTable } from '../service.ts';

/** Payments and trading. Operations that move money have the category `payments`. */
export const PAYMENTS: readonly ServiceTable[] = [
  {
    tool: 'stripe',
    places: ['api.stripe.com/v1'],
    operations: `
      POST    /refunds                          create_refund            payments
      POST    /charges                          create_charge            payments
      POST    /charges/{id}/capture             capture_charge           payments
      POST    /charges/{id}/refund              create_refund            payments
      POST    /payment_intents                  create_payment_intent    payments
      POST    /payment_intents/{id}/confirm     confirm_payment_intent   payments
      POST    /payment_intents/{id}/capture     capture_payment_intent   payments
      POST    /payment_intents/{id}/cancel      cancel_payment_intent    payments
      POST    /payment_links                    create_payment_link      payments
      POST    /checkout/sessions                create_checkout_session  payments
      POST    /payouts                          create_payout            payments
      POST    /transfers                        create_transfer          payments
      POST    /transfers/{id}/reversals         reverse_transfer         payments
      POST    /topups                           create_topup             payments
      POST    /invoices                         create_invoice           payments
      POST    /invoices/{id}/pay                pay_invoice              payments
      POST    /invoices/{id}/send               send_invoice             payments
      POST    /invoices/{id}/void               void_invoice             payments
      POST    /invoiceitems                     create_invoice_item      payments
      POST    /subscriptions                    create_subscription      subscriptions
      POST    /subscriptions/{id}               update_subscription      subscriptions
      DELETE  /subscriptions/{id}               cancel_subscription      subscriptions
      POST    /customers                        create_customer          customers
      GET     /customers                        list_customers           customers
      GET     /customers/{_}                    get_customer             customers
      POST    /customers/{id}                   update_customer          customers
      DELETE  /customers/{id}                   delete_customer          customers
      GET     /customers/search                 search_customers         customers
      GET     /balance                          get_balance              payments
      GET     /charges                          list_charges             payments
      GET     /invoices                         list_invoices            payments
      GET     /payment_intents                  list_payment_intents     payments
      POST    /webhook_endpoints                create_webhook           webhooks     ADMIN
      POST    /webhook_endpoints/{id}           update_webhook           webhooks     ADMIN
      DELETE  /webhook_endpoints/{id}           delete_webhook           webhooks     ADMIN
      POST    /accounts                         create_account           users        ADMIN
      POST    /accounts/{id}                    update_account           users        ADMIN
      POST    /accounts/{_}/external_accounts   add_bank_account         payments     ADMIN
      POST    /apps/secrets                     put_secret               credentials  ADMIN
      POST    /ephemeral_keys                   create_key               credentials  ADMIN
      POST    /issuing/cards                    create_card              payments
    `,
  },
  {
    tool: 'paypal',
    places: ['api-m.paypal.com', 'api.paypal.com', 'api-m.sandbox.paypal.com', 'api.sandbox.paypal.com'],
    operations: `
      POST  /v2/checkout/orders                            create_order         payments
      POST  /v2/checkout/orders/{id}/capture               capture_order        payments
      POST  /v2/payments/captures/{id}/refund              create_refund        payments
      POST  /v2/payments/authorizations/{id}/capture       capture_payment      payments
      POST  /v1/payments/payouts                           create_payout        payments
      POST  /v2/invoicing/invoices                         create_invoice       payments
      POST  /v2/invoicing/invoices/{id}/send               send_invoice         payments
      POST  /v1/billing/subscriptions                      create_subscription  subscriptions
      POST  /v1/billing/subscriptions/{id}/cancel          cancel_subscription  subscriptions
      POST  /v1/notifications/webhooks                     create_webhook       webhooks  ADMIN
      POST  /v1/oauth2/token                               create_token         credentials  ADMIN
      GET   /v1/reporting/transactions                     list_transactions    payments
    `,
  },
  {
    tool: 'square',
    words: [],
    places: ['connect.squareup.com/v2', 'connect.squareupsandbox.com/v2'],
    operations: `
      POST    /payments                 create_payment   payments
      POST    /payments/{id}/cancel     cancel_payment   payments
      POST    /refunds                  create_refund    payments
      POST    /orders                   create_order     payments
      POST    /invoices                 create_invoice   payments
      POST    /invoices/{id}/publish    send_invoice     payments
      POST    /customers                create_customer  customers
      POST    /customers/search         search_customers customers  READ
      DELETE  /customers/{id}           delete_customer  customers
      POST    /webhooks/subscriptions   create_webhook   webhooks   ADMIN
    `,
  },
  {
    tool: 'wise',
    words: [],
    places: ['api.wise.com', 'api.transferwise.com', 'api.sandbox.transferwise.tech'],
    operations: `
      POST  /v1/transfers                                     create_transfer   payments
      POST  /v3/profiles/{_}/transfers/{id}/payments          fund_transfer     payments
      PUT   /v1/transfers/{id}/cancel                         cancel_transfer   payments
      POST  /v1/accounts                                      create_recipient  payments
      POST  /v3/profiles/{_}/quotes                           create_quote      payments
      GET   /v1/transfers                                     list_transfers    payments
      GET   /v4/profiles/{_}/balances                         get_balance       payments
    `,
  },
  {
    tool: 'plaid',
    places: ['production.plaid.com', 'sandbox.plaid.com', 'development.plaid.com'],
    operations: `
      POST  /transfer/create                      create_transfer    payments
      POST  /transfer/authorization/create        create_transfer    payments
      POST  /transfer/cancel                      cancel_transfer    payments
      POST  /payment_initiation/payment/create    create_payment     payments
      POST  /payment_initiation/recipient/create  create_recipient   payments
      POST  /transactions/get                     list_transactions  payments     READ
      POST  /transactions/sync                    list_transactions  payments     READ
      POST  /accounts/get                         list_accounts      payments     READ
      POST  /accounts/balance/get                 get_balance        payments     READ
      POST  /auth/get                             get_account        payments     READ
      POST  /identity/get                         get_identity       users        READ
      POST  /item/public_token/exchange           create_token       credentials  ADMIN
      POST  /item/remove                          remove_item        credentials  ADMIN
    `,
  },
  {
    tool: 'coinbase',
    places: ['api.coinbase.com'],
    operations: `
      POST  /v2/accounts/{_}/transactions        send_money      payments
      POST  /v2/accounts/{_}/addresses           create_address  payments
      POST  /api/v3/brokerage/orders             place_order     payments
      POST  /api/v3/brokerage/orders/batch_cancel cancel_order   payments
      GET   /v2/accounts                         list_accounts   payments
      GET   /api/v3/brokerage/accounts           list_accounts   payments
    `,
  },
  {
    tool: 'binance',
    places: ['api.binance.com', 'api.binance.us'],
    operations: `
      POST    /api/v3/order                         place_order      payments
      DELETE  /api/v3/order                         cancel_order     payments
      DELETE  /api/v3/openOrders                    cancel_order     payments
      POST    /sapi/v1/capital/withdraw/apply       withdraw         payments
      POST    /sapi/v1/asset/transfer               create_transfer  payments
      GET     /api/v3/account                       get_account      payments
      GET     /api/v3/allOrders                     list_orders      payments
    `,
  },
];
