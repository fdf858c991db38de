import { describe, expect, it } from '@jest/globals';
import { send } from '../support/http-client.js';
import { PLACES, useStage } from '../support/stage.js';
import { AccountController, login } from './account.controller.js';

const ON_REDIS = PLACES.filter(({ store }) => store === 'redis');

describe.each([
  { check: 'store' as const, expected: ['mget'] },
  { check: 'none' as const, expected: [] },
])('revocation.check "$check"', ({ check, expected }) => {
  describe.each(ON_REDIS)('$adapter', (place) => {
    const stage = useStage(place, {
      controllers: [AccountController],
      options: { revocation: { check } },
    });

    it('a guarded request sends exactly these commands to Redis', async () => {
      const { accessToken: token } = await login(stage.url, { userId: 'u1' });
      const client = stage.redis!.client();
      const monitor = await client.monitor();
      const commands: string[][] = [];
      monitor.on('monitor', (_time: string, args: string[]) => commands.push(args));
      try {
        expect((await send(`${stage.url}/account/user`, { token })).status).toBe(200);
        // MONITOR shows commands in order, so what came before this one has been seen.
        const seen = new Promise<void>((resolve) => {
          monitor.on('monitor', (_time: string, args: string[]) => {
            if (args[1] === `${stage.keyPrefix}end`) resolve();
          });
        });
        await client.get(`${stage.keyPrefix}end`);
        await seen;
      } finally {
        monitor.disconnect();
      }
      const ours = commands.filter(([, key]) => key?.startsWith(`${stage.keyPrefix}{`));
      expect(ours.map(([name]) => name?.toLowerCase())).toEqual(expected);
    });
  });
});
