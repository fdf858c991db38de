import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { Test } from '@nestjs/testing';
import * as kit from 'nestjs-session-kit';
import * as passport from 'nestjs-session-kit/passport';
import * as testing from 'nestjs-session-kit/testing';
import { appModule } from './app.module.js';
import { describe, it } from './runner.js';

interface Loaded {
  readonly kit: typeof kit;
  readonly passport: typeof passport;
  readonly testing: typeof testing;
}

const requireHere = createRequire(join(process.cwd(), 'package.json'));

/**
 * The ways to load the package besides the imports above, which the compiler may have made a
 * `require`.
 */
const LOADERS: Record<string, (name: string) => unknown> = {
  import: (name) => import(name),
  require: (name) => requireHere(name),
};

async function loadBy(form: string): Promise<Loaded> {
  const load = LOADERS[form]!;
  return {
    kit: (await load('nestjs-session-kit')) as typeof kit,
    passport: (await load('nestjs-session-kit/passport')) as typeof passport,
    testing: (await load('nestjs-session-kit/testing')) as typeof testing,
  };
}

/** Two copies of a class fail silently: `instanceof` is false, `app.get` finds nothing. */
for (const form of process.env['CONSUMER_LOADS']?.split(' ') ?? []) {
  describe(`the package by ${form}`, () => {
    it('has the same classes as the imports here', async () => {
      const loaded = await loadBy(form);
      assert.deepEqual(differences(kit, loaded.kit), []);
      assert.deepEqual(differences(passport, loaded.passport), []);
      assert.deepEqual(differences(testing, loaded.testing), []);
    });

    it('has the SessionError that the application throws', async () => {
      const { SessionError, TokenService } = (await loadBy(form)).kit;
      const app = await Test.createTestingModule({ imports: [appModule()] }).compile();
      await assert.rejects(app.get(TokenService).verifyAccess('nonsense'), SessionError);
      await app.close();
    });

    it('moves the time of an application by the FakeClock of its testing entry', async () => {
      const loaded = await loadBy(form);
      const clock = new loaded.testing.FakeClock();
      assert.ok(clock instanceof kit.Clock);
      const app = await Test.createTestingModule({ imports: [appModule()] })
        .overrideProvider(loaded.kit.Clock)
        .useValue(clock)
        .compile();
      const sessions = app.get(kit.SessionService);
      const { session } = await sessions.create({
        transport: 'cookie',
        userId: 'ada',
        claims: { role: 'user' },
      });
      assert.deepEqual((await sessions.find(session.handle))?.user, { id: 'ada', role: 'user' });
      clock.advance(366 * 24 * 3_600_000);
      await assert.rejects(sessions.update(session.handle, {}), (error) => {
        assert.ok(error instanceof loaded.kit.SessionError);
        assert.equal(error.code, 'SESSION_ENDED');
        return true;
      });
      await app.close();
    });
  });
}

/** Names of exports that differ. `default` is added by the interop of CommonJS. */
function differences(one: object, other: object): string[] {
  const found = Object.entries(one).filter(([name]) => name !== 'default');
  assert.notEqual(found.length, 0);
  return found
    .filter(([name, value]) => other[name as keyof object] !== value)
    .map(([name]) => name);
}
