import { isIPv4 } from 'node:net';
import ipaddr from 'ipaddr.js';

/** Bits of an IPv6 address that belong to one customer's network: within it, addresses cost nothing. */
const IPV6_NETWORK_BITS = 64;

/** What an address is limited by: an IPv4 address by itself, also where it is written as IPv6; an IPv6 one by its /64. */
export function clientNetwork(ip: string | undefined): string {
  if (ip === undefined) return 'unknown';
  // The one spelling that Node takes for an IPv4 address, and the one most requests have.
  if (isIPv4(ip)) return ip;
  if (!ipaddr.isValid(ip)) return 'unknown';
  const address = ipaddr.process(ip);
  if (address.kind() === 'ipv4') return address.toString();
  const network = ipaddr.IPv6.networkAddressFromCIDR(
    `${address.toNormalizedString()}/${IPV6_NETWORK_BITS}`,
  );
  return `${network.toString()}/${IPV6_NETWORK_BITS}`;
}
