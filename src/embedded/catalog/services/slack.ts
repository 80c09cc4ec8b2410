import type { ServiceTable } from '../service.ts';

/** The Web API, whose methods accept GET and POST alike, and incoming webhooks. */
export const SLACK: ServiceTable = {
  tool: 'slack',
  places: ['slack.com', 'slack-gov.com'].flatMap((host) => [`${host}/api`, `*.${host}/api`, `hooks.${host}`]),
  operations: `
    * /chat.postMessage                    post_message           messages     WRITE
    * /chat.postEphemeral                  post_message           messages     WRITE
    * /chat.meMessage                      post_message           messages     WRITE
    * /chat.scheduleMessage                schedule_message       messages     WRITE
    * /chat.update                         update_message         messages     WRITE
    * /chat.delete                         delete_message         messages     WRITE
    * /chat.deleteScheduledMessage         delete_message         messages     WRITE
    * /chat.unfurl                         post_message           messages     WRITE
    * /chat.getPermalink                   get_permalink          messages     READ
    * /services/**                         post_message           messages     WRITE
    * /workflows/**                        post_message           messages     WRITE
    * /triggers/**                         run_workflow           workflows    WRITE
    * /files.upload                        upload_file            files        WRITE
    * /files.getUploadURLExternal          upload_file            files        WRITE
    * /files.completeUploadExternal        upload_file            files        WRITE
    * /files.remote.add                    upload_file            files        WRITE
    * /files.remote.share                  share_file             files        WRITE
    * /files.sharedPublicURL               share_file             permissions  ADMIN
    * /files.revokePublicURL               unshare_file           permissions  ADMIN
    * /files.delete                        delete_file            files        WRITE
    * /files.list                          list_files             files        READ
    * /files.info                          get_file               files        READ
    * /conversations.list                  list_channels          channels     READ
    * /conversations.info                  get_channel            channels     READ
    * /conversations.history               read_messages          messages     READ
    * /conversations.replies               read_messages          messages     READ
    * /conversations.members               list_members           users        READ
    * /conversations.create                create_channel         channels     WRITE
    * /conversations.open                  open_conversation      channels     WRITE
    * /conversations.close                 close_conversation     channels     WRITE
    * /conversations.join                  join_channel           channels     WRITE
    * /conversations.leave                 leave_channel          channels     WRITE
    * /conversations.mark                  mark_read              channels     WRITE
    * /conversations.rename                rename_channel         channels     WRITE
    * /conversations.setTopic              set_topic              channels     WRITE
    * /conversations.setPurpose            set_purpose            channels     WRITE
    * /conversations.archive               archive_channel        channels     ADMIN
    * /conversations.unarchive             unarchive_channel      channels     ADMIN
    * /conversations.invite                invite_user            permissions  ADMIN
    * /conversations.inviteShared          invite_user            permissions  ADMIN
    * /conversations.acceptSharedInvite    accept_invite          permissions  ADMIN
    * /conversations.kick                  remove_user            permissions  ADMIN
    * /users.list                          list_users             users        READ
    * /users.info                          get_user               users        READ
    * /users.lookupByEmail                 get_user               users        READ
    * /users.conversations                 list_channels          channels     READ
    * /users.getPresence                   get_presence           users        READ
    * /users.profile.get                   get_user               users        READ
    * /users.profile.set                   update_user            users        WRITE
    * /users.identity                      get_user               users        READ
    * /usergroups.users.update             update_usergroup       permissions  ADMIN
    * /usergroups.create                   create_usergroup       permissions  ADMIN
    * /usergroups.update                   update_usergroup       permissions  ADMIN
    * /usergroups.list                     list_usergroups        users        READ
    * /reactions.add                       add_reaction           messages     WRITE
    * /reactions.remove                    remove_reaction        messages     WRITE
    * /reactions.get                       get_reactions          messages     READ
    * /reminders.add                       create_reminder        reminders    WRITE
    * /pins.add                            pin_message            messages     WRITE
    * /pins.remove                         unpin_message          messages     WRITE
    * /search.messages                     search_messages        messages     READ
    * /search.files                        search_files           files        READ
    * /search.all                          search_messages        messages     READ
    * /team.info                           get_team               users        READ
    * /auth.test                           get_user               users        READ
    * /auth.revoke                         revoke_token           credentials  ADMIN
    * /admin.users.invite                  invite_user            permissions  ADMIN
    * /admin.users.remove                  remove_user            permissions  ADMIN
    * /admin.users.setAdmin                set_role               permissions  ADMIN
    * /admin.users.setOwner                set_role               permissions  ADMIN
    * /apps.uninstall                      uninstall_app          permissions  ADMIN
  `,
  synonyms: `
    upload_file      upload|attach
    update_message   update|edit                   message|post
    add_reaction     react|reaction
    create_channel   create|new|make               channel|conversation
    invite_user      invite|add                    user|users|member|members|guest|people
    set_topic        set|update|change             topic
    archive_channel  archive                       channel
  `,
};
