/** Networks whose addresses belong to no public machine (IANA's special-purpose address registries). */
export const NOT_PUBLIC_PREFIXES: readonly string[] = [
  '0.0.0.0/8', // this network
  '10.0.0.0/8', // private
  '100.64.0.0/10', // shared by a carrier's customers
  '127.0.0.0/8', // loopback
  '169.254.0.0/16', // link-local
  '172.16.0.0/12', // private
  '192.0.0.0/24', // protocol assignments
  '192.0.2.0/24', // documentation
  '192.168.0.0/16', // private
  '198.18.0.0/15', // benchmarks
  '198.51.100.0/24', // documentation
  '203.0.113.0/24', // documentation
  '224.0.0.0/3', // multicast, reserved, netmasks
  '::/127', // unspecified, loopback
  '2001:db8::/32', // documentation
  '3fff::/20', // documentation
  'fc00::/7', // private
  'fe80::/10', // link-local
  'ff00::/8', // multicast
];
