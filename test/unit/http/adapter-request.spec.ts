import { describe, expect, it } from '@jest/globals';
import { isSentTwice } from '../../../lib/http/adapter/adapter-request.js';

describe('isSentTwice', () => {
  it.each<[boolean, string[]]>([
    [false, []],
    [false, ['Authorization', 'Bearer a']],
    [true, ['Authorization', 'Bearer a', 'Authorization', 'Bearer a']],
    [true, ['authorization', 'Bearer a', 'Host', 'x', 'AUTHORIZATION', 'Basic b']],
    [true, ['Authorization', '', 'Authorization', '']],
    // Counts only values of this header.
    [false, ['Host', 'authorization', 'Authorization', 'Bearer a']],
    [false, ['Proxy-Authorization', 'a', 'Authorization', 'b', 'X-Authorization', 'c']],
  ])('returns %s for %j', (several, rawHeaders) => {
    expect(isSentTwice('authorization', rawHeaders)).toBe(several);
  });
});
