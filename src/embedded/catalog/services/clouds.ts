import { service, type Service } from '../service.ts';

/**
 * `google_cloud` (also `gcp`) and `azure`: whatever their path, setting a policy or assigning a role is `set_policy` and
 * `assign_role`.
 */
export const CLOUDS: readonly Service[] = [
  service({
    tool: 'google_cloud',
    aliases: ['gcp', 'google_iam'],
    words: ['gcp', 'gcloud'],
    places: [
      'cloudresourcemanager.googleapis.com/{_}',
      'iam.googleapis.com/{_}',
      'compute.googleapis.com/compute/v1',
      'storage.googleapis.com/storage/v1',
      'secretmanager.googleapis.com/v1',
      'bigquery.googleapis.com/bigquery/v2',
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
  }),
  service({
    tool: 'azure',
    words: ['azure'],
    places: ['management.azure.com/subscriptions/{_}', 'management.azure.com'],
    operations: azureOperations(['', '/resourceGroups/{_}']),
  }),
];

function azureOperations(scopes: readonly string[]): string {
  const rows = (scope: string): string => `
    PUT     ${scope}/providers/Microsoft.Authorization/roleAssignments/{id}      assign_role    permissions  ADMIN
    DELETE  ${scope}/providers/Microsoft.Authorization/roleAssignments/{id}      remove_role    permissions  ADMIN
    PUT     ${scope}/providers/Microsoft.Authorization/roleDefinitions/{id}      create_role    permissions  ADMIN
    PUT     ${scope}/providers/Microsoft.Authorization/policyAssignments/{id}    set_policy     permissions  ADMIN
    PUT     ${scope}/providers/Microsoft.Compute/virtualMachines/{id}            create_server  servers
    DELETE  ${scope}/providers/Microsoft.Compute/virtualMachines/{id}            delete_server  servers      ADMIN
    POST    ${scope}/providers/Microsoft.Compute/virtualMachines/{id}/runCommand run_command    code         ADMIN
    POST    ${scope}/providers/Microsoft.Storage/storageAccounts/{id}/listKeys   list_keys      credentials  ADMIN
    PUT     ${scope}/providers/Microsoft.KeyVault/vaults/{id}/accessPolicies/{_} set_policy     permissions  ADMIN
    PUT     ${scope}/providers/Microsoft.Network/networkSecurityGroups/**        create_firewall_rule  permissions  ADMIN`;
  return `${scopes.map(rows).join('\n')}
    PUT     /resourceGroups/{id}  create_resource_group  projects
    DELETE  /resourceGroups/{id}  delete_resource_group  projects  ADMIN`;
}
