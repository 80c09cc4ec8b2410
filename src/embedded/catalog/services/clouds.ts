import type { ServiceTable } from '../service.ts';

/** Cloud providers. In all of their paths, setting a policy is `set_policy` and assigning a role is `assign_role`. */
export const CLOUDS: readonly ServiceTable[] = [
  {
    tool: 'google_cloud',
    aliases: ['gcp', 'google_iam'],
    words: ['gcp', 'gcloud'],
    places: [
      'cloudresourcemanager.googleapis.com/{_}',
      'iam.googleapis.com/{_}',
      '*.googleapis.com/compute/v1',
      '*.googleapis.com/storage/v1',
      'secretmanager.googleapis.com/v1',
      '*.googleapis.com/bigquery/v2',
    ],
    operations: `
      POST    /projects/{id}/:setIamPolicy                            set_policy              permissions  ADMIN
      POST    /projects/{id}/:getIamPolicy                            get_policy              permissions  READ
      POST    /organizations/{id}/:setIamPolicy                       set_policy              permissions  ADMIN
      POST    /folders/{id}/:setIamPolicy                             set_policy              permissions  ADMIN
      POST    /projects/{_}/serviceAccounts/{id}/:setIamPolicy        set_policy              permissions  ADMIN
      POST    /projects                                               create_project          projects     ADMIN
      DELETE  /projects/{id}                                          delete_project          projects     ADMIN
      POST    /projects/{id}/serviceAccounts                          create_service_account  users        ADMIN
      DELETE  /projects/{_}/serviceAccounts/{id}                      delete_service_account  users        ADMIN
      POST    /projects/{_}/serviceAccounts/{id}/keys                 create_key              credentials  ADMIN
      POST    /projects/{id}/roles                                    create_role             permissions  ADMIN
      PATCH   /projects/{_}/roles/{id}                                update_role             permissions  ADMIN
      GET     /projects/{_}/secrets/{id}/versions/{_}/:access         get_secret              credentials
      POST    /projects/{_}/secrets/{id}/:addVersion                  put_secret              credentials  ADMIN
      POST    /projects/{_}/secrets/{id}/:setIamPolicy                set_policy              permissions  ADMIN
      DELETE  /projects/{_}/secrets/{id}                              delete_secret           credentials  ADMIN
      POST    /projects/{_}/zones/{_}/instances                       create_server           servers
      DELETE  /projects/{_}/zones/{_}/instances/{id}                  delete_server           servers      ADMIN
      POST    /projects/{_}/global/firewalls                          create_firewall_rule    permissions  ADMIN
      PUT     /b/{id}/iam                                             set_policy              permissions  ADMIN
      POST    /b/{id}/acl                                             set_policy              permissions  ADMIN
      POST    /b/{id}/o/{_}/acl                                       set_policy              permissions  ADMIN
      GET     /b/{id}/o                                               list_files              files
      GET     /b/{id}/o/{_}                                           download_file           files
      POST    /b/{id}/o                                               upload_file             files
      DELETE  /b/{id}/o/{_}                                           delete_file             files
      DELETE  /b/{id}                                                 delete_bucket           files        ADMIN
      POST    /projects/{id}/queries                                  run_query               databases
      DELETE  /projects/{_}/datasets/{id}                             delete_dataset          databases    ADMIN
    `,
  },
  {
    tool: 'azure',
    words: ['azure'],
    places: ['management.azure.com', 'management.usgovcloudapi.net', 'management.chinacloudapi.cn'].flatMap((host) => [
      `${host}/subscriptions/{_}`,
      host,
    ]),
    shorthands: { SCOPE: ['', '/resourceGroups/{_}'] },
    operations: `
      PUT     SCOPE/providers/Microsoft.Authorization/roleAssignments/{id}      assign_role    permissions  ADMIN
      DELETE  SCOPE/providers/Microsoft.Authorization/roleAssignments/{id}      remove_role    permissions  ADMIN
      PUT     SCOPE/providers/Microsoft.Authorization/roleDefinitions/{id}      create_role    permissions  ADMIN
      PUT     SCOPE/providers/Microsoft.Authorization/policyAssignments/{id}    set_policy     permissions  ADMIN
      PUT     SCOPE/providers/Microsoft.Compute/virtualMachines/{id}            create_server  servers
      DELETE  SCOPE/providers/Microsoft.Compute/virtualMachines/{id}            delete_server  servers      ADMIN
      POST    SCOPE/providers/Microsoft.Compute/virtualMachines/{id}/runCommand run_command    code         ADMIN
      POST    SCOPE/providers/Microsoft.Storage/storageAccounts/{id}/listKeys   list_keys      credentials  ADMIN
      PUT     SCOPE/providers/Microsoft.KeyVault/vaults/{id}/accessPolicies/{_} set_policy     permissions  ADMIN
      PUT     SCOPE/providers/Microsoft.Network/networkSecurityGroups/**        create_firewall_rule  permissions  ADMIN
      PUT     /resourceGroups/{id}  create_resource_group  projects
      DELETE  /resourceGroups/{id}  delete_resource_group  projects  ADMIN
    `,
  },
];
