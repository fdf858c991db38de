import { describe, expect, it } from '@jest/globals';
import { clientNetwork } from '../../../lib/rate-limit/client-network.js';

describe('clientNetwork', () => {
  it.each([
    ['192.0.2.1', '192.0.2.1'],
    ['255.255.255.255', '255.255.255.255'],
    ['::ffff:192.0.2.1', '192.0.2.1'],
    ['::FFFF:192.0.2.1', '192.0.2.1'],
    ['::ffff:c000:201', '192.0.2.1'],
    ['0:0:0:0:0:ffff:c000:0201', '192.0.2.1'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:db8:1:2::', '2001:db8:1:2::/64'],
    ['2001:DB8:0001:0002:ffff:ffff:ffff:ffff', '2001:db8:1:2::/64'],
    ['2001:db8:1:3::1', '2001:db8:1:3::/64'],
    ['::1', '::/64'],
    ['fe80::1%eth0', 'fe80::/64'],
    ['fe80::1%eth1', 'fe80::/64'],
    ['192.0.2.1:80', '192.0.2.1'],
    ['192.0.2.1:65535', '192.0.2.1'],
    ['[2001:db8:1:2::1]', '2001:db8:1:2::/64'],
    ['[2001:db8:1:2::1]:443', '2001:db8:1:2::/64'],
    ['[::ffff:192.0.2.1]:80', '192.0.2.1'],
    ['[fe80::1%eth0]:80', 'fe80::/64'],
  ])('counts %s as %s', (ip, network) => {
    expect(clientNetwork(ip)).toBe(network);
  });

  it('distinguishes neighbours in an IPv4 network', () => {
    expect(clientNetwork('192.0.2.1')).not.toBe(clientNetwork('192.0.2.2'));
  });

  it.each([
    undefined,
    '',
    'unknown',
    'localhost',
    '192.0.2.256',
    '192.0.2.1:',
    '192.0.2.1:80:80',
    '192.0.2.256:80',
    '[2001:db8::g]:80',
    '2001:db8::1]:80',
    '2001:db8::1/64',
    '2001:db8::g',
    '192.0.2.1, 192.0.2.2',
    '192.0.2.1\n',
    '_hidden',
    '__proto__',
    'x'.repeat(10_240),
  ])('counts %.20j, which is not an address, for a quota shared by all such clients', (ip) => {
    expect(clientNetwork(ip)).toBe('unknown');
  });
});
