import type { ServiceTable } from '../service.ts';

/** Chat, text messages and social media. */
export const MESSAGING: readonly ServiceTable[] = [
  {
    tool: 'discord',
    places: ['discord.com', '*.discord.com', 'discordapp.com', '*.discordapp.com'].flatMap((host) => [
      `${host}/api`,
      `${host}/api/{_}`,
    ]),
    operations: `
      POST    /channels/{channel}/messages              post_message     messages
      GET     /channels/{channel}/messages              read_messages    messages
      PATCH   /channels/{channel}/messages/{_}          update_message   messages
      DELETE  /channels/{channel}/messages/{_}          delete_message   messages
      POST    /channels/{channel}/messages/bulk-delete  delete_message   messages
      DELETE  /channels/{channel}                       delete_channel   channels     ADMIN
      POST    /channels/{channel}/invites               create_invite    permissions  ADMIN
      POST    /channels/{channel}/webhooks              create_webhook   webhooks     ADMIN
      POST    /webhooks/{id}/{_}                        post_message     messages
      POST    /webhooks/{id}/{_}/slack                  post_message     messages
      POST    /guilds/{_}/channels                      create_channel   channels
      PUT     /guilds/{_}/members/{principal}           add_member       permissions  ADMIN
      DELETE  /guilds/{_}/members/{_}                   remove_user      permissions  ADMIN
      PUT     /guilds/{_}/bans/{_}                      ban_user         permissions  ADMIN
      PUT     /guilds/{_}/members/{principal}/roles/{_} assign_role      permissions  ADMIN
      POST    /guilds/{_}/roles                         create_role      permissions  ADMIN
      DELETE  /guilds/{id}                              delete_server    channels     ADMIN
      POST    /users/@me/channels                       open_conversation channels
    `,
  },
  {
    tool: 'telegram',
    places: ['api.telegram.org/{_}'],
    operations: `
      * /sendMessage           post_message     messages     WRITE
      * /sendPhoto             upload_file      messages     WRITE
      * /sendDocument          upload_file      messages     WRITE
      * /sendVideo             upload_file      messages     WRITE
      * /sendAudio             upload_file      messages     WRITE
      * /sendMediaGroup        upload_file      messages     WRITE
      * /sendLocation          post_message     messages     WRITE
      * /sendContact           post_message     messages     WRITE
      * /sendInvoice           send_invoice     payments     WRITE
      * /forwardMessage        forward_message  messages     WRITE
      * /copyMessage           forward_message  messages     WRITE
      * /editMessageText       update_message   messages     WRITE
      * /deleteMessage         delete_message   messages     WRITE
      * /banChatMember         ban_user         permissions  ADMIN
      * /promoteChatMember     assign_role      permissions  ADMIN
      * /createChatInviteLink  create_invite    permissions  ADMIN
      * /setWebhook            create_webhook   webhooks     ADMIN
      * /deleteWebhook         delete_webhook   webhooks     ADMIN
      * /getUpdates            read_messages    messages     READ
      * /getChat               get_channel      channels     READ
      * /getMe                 get_user         users        READ
    `,
  },
  {
    tool: 'twilio',
    places: ['api.twilio.com', '*.twilio.com'].flatMap((host) => [
      `${host}/2010-04-01/Accounts/{_}`,
      `${host}/2010-04-01`,
    ]),
    operations: `
      POST    /Messages              send_sms          messages
      GET     /Messages              list_messages     messages
      DELETE  /Messages/{id}         delete_message    messages
      POST    /Calls                 make_call         calls
      GET     /Calls                 list_calls        calls
      POST    /Calls/{id}            update_call       calls
      GET     /Recordings            list_recordings   calls
      DELETE  /Recordings/{id}       delete_recording  calls
      POST    /IncomingPhoneNumbers  buy_number        payments
      POST    /Keys                  create_key        credentials  ADMIN
      DELETE  /Keys/{id}             delete_key        credentials  ADMIN
      POST    /Accounts              create_account    users        ADMIN
    `,
  },
  {
    tool: 'whatsapp',
    aliases: ['meta', 'facebook'],
    words: ['whatsapp', 'facebook'],
    places: ['graph.facebook.com', 'graph.facebook.com/{_}', 'graph.beta.facebook.com', 'graph.beta.facebook.com/{_}'],
    operations: `
      POST    /{id}/messages          post_message      messages
      POST    /{id}/feed              create_post       messages
      POST    /{id}/photos            upload_file       messages
      POST    /{id}/videos            upload_file       messages
      POST    /{id}/comments          create_comment    messages
      POST    /{id}/media             upload_file       files
      POST    /{id}/media_publish     create_post       messages
      POST    /{id}/subscribed_apps   create_webhook    webhooks     ADMIN
      POST    /{id}/assigned_users    add_member        permissions  ADMIN
      GET     /me                     get_user          users
    `,
  },
  {
    tool: 'twitter',
    aliases: ['x'],
    places: ['api.twitter.com', 'api.x.com'],
    operations: `
      POST    /2/tweets                                   create_post     messages
      DELETE  /2/tweets/{id}                              delete_post     messages
      GET     /2/tweets/search/recent                     search_posts    messages
      POST    /2/dm_conversations                         post_message    messages
      POST    /2/dm_conversations/{id}/messages           post_message    messages
      POST    /2/dm_conversations/with/{principal}/messages  post_message messages
      POST    /2/users/{_}/following                      follow_user     users
      POST    /2/users/{_}/retweets                       repost          messages
      GET     /2/users/{_}/tweets                         list_posts      messages
      POST    /1.1/statuses/update                        create_post     messages
      POST    /1.1/media/upload                           upload_file     files
    `,
  },
];
