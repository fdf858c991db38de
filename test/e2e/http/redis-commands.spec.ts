import { describe, expect, it } from '@jest/globals';
import { commandsDuring, namesOf } from '../../support/redis/commands-during.js';
import { send } from '../../support/http-client.js';
import { MATRIX, useFixture } from '../../support/fixture.js';
import { ApiAppController, login } from '../../support/apps/api-app.controller.js';

const ON_REDIS = MATRIX.filter(({ store }) => store === 'redis');

describe.each([
  { check: 'store' as const, expected: ['mget'] },
  { check: 'none' as const, expected: [] },
])('revocation.check "$check"', ({ check, expected }) => {
  describe.each(ON_REDIS)('$adapter', (entry) => {
    const fixture = useFixture(entry, {
      controllers: [ApiAppController],
      options: { revocation: { check } },
    });

    it('sends exactly these commands to Redis for a guarded request', async () => {
      const { accessToken: token } = await login(fixture.url, { userId: 'u1' });
      const commands = await commandsDuring(fixture.redis!.client(), async () => {
        expect((await send(`${fixture.url}/api/user`, { token })).status).toBe(200);
      });
      const own = commands.filter(([, key]) => key?.startsWith(`${fixture.keyPrefix}{`));
      expect(namesOf(own)).toEqual(expected);
    });
  });
});
