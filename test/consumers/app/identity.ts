import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { INestApplication } from '@nestjs/common';
import * as kit from 'nestjs-session-kit';
import * as testing from 'nestjs-session-kit/testing';

/**
 * Two copies of a class fail silently: `instanceof` is false, `app.get` finds nothing. However the package is loaded, it
 * has to be one.
 */
export async function checkIdentity(app: INestApplication): Promise<void> {
  const require = createRequire(join(process.cwd(), 'package.json'));
  const copies = [await import('nestjs-session-kit'), require('nestjs-session-kit') as typeof kit];
  // `default` is what CommonJS interop adds to a namespace.
  const exported = Object.entries(kit).filter(([name]) => name !== 'default');
  for (const copy of copies) {
    for (const [name, value] of exported) {
      assert.equal(copy[name as keyof typeof kit], value, `${name} exists twice`);
    }
  }
  const [imported, required] = [
    await import('nestjs-session-kit/testing'),
    require('nestjs-session-kit/testing') as typeof testing,
  ];
  assert.equal(imported.FakeClock, testing.FakeClock);
  assert.equal(required.FakeClock, testing.FakeClock);
  assert.ok(new testing.FakeClock() instanceof kit.Clock, 'FakeClock extends another Clock');

  const sessions = app.get(kit.SessionService);
  assert.equal(
    sessions.constructor,
    kit.SessionService,
    'the injected service is of another class',
  );
}
