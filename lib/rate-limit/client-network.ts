import { isIPv4 } from 'node:net';
import ipaddr from 'ipaddr.js';

/** Prefix length of the IPv6 network that one customer gets: addresses within it are free. */
const IPV6_NETWORK_BITS = 64;
/**
 * An address with a port, as some proxies (Azure Application Gateway, IIS ARR) write it: `192.0.2.1:80`,
 * `[2001:db8::1]:80`.
 */
const WITH_PORT = /^(?:([\d.]+)|\[([\da-f:.%\w]+)\])(?::\d{1,5})?$/i;

/**
 * The network for which requests of this address are counted: the address itself for IPv4, also in its IPv6 notation,
 * and the /64 for IPv6. A port is ignored. All values that are not addresses share one network, `unknown`.
 */
export function clientNetwork(ip: string | undefined): string {
  if (ip === undefined) return 'unknown';
  // The only IPv4 spelling that Node accepts, and the most common case.
  if (isIPv4(ip)) return ip;
  const [, ipv4, ipv6] = WITH_PORT.exec(ip) ?? [];
  const bare = ipv4 ?? ipv6 ?? ip;
  if (!ipaddr.isValid(bare)) return 'unknown';
  const address = ipaddr.process(bare);
  if (address.kind() === 'ipv4') return address.toString();
  const network = ipaddr.IPv6.networkAddressFromCIDR(
    `${address.toNormalizedString()}/${IPV6_NETWORK_BITS}`,
  );
  return `${network.toString()}/${IPV6_NETWORK_BITS}`;
}
