#!/bin/sh
# A client of the gateway in any language; the command `gateway` prints both variables.
set -eu
: "${INTERVEN_GATEWAY_URL:?}" "${INTERVEN_API_KEY:?}"

# #region scan
(umask 077 && echo "Authorization: Bearer $INTERVEN_API_KEY" > headers) # other users see arguments, not files

scan=$(curl -sS -H @headers -H 'Content-Type: application/json' "$INTERVEN_GATEWAY_URL/v1/scan" -d '{
  "method": "DELETE",
  "url": "https://tools.invalid/delete_file",
  "body": { "path": "/backups" }
}')
echo "$scan" # {"decision":"REQUIRE_APPROVAL", … ,"approval_id":"…","approval_url":"…"}

approval=$(echo "$scan" | sed 's/.*"approval_id":"\([^"]*\)".*/\1/')
curl -sS -H @headers "$INTERVEN_GATEWAY_URL/v1/approvals/$approval/status" # {"status":"pending"}
# #endregion
