import { expect, it, jest } from '@jest/globals';
import { diagnosticsOf } from './diagnostics.js';

// Each test starts a compiler.
jest.setTimeout(60_000);

const IMPORTS = `
import { Redis } from 'ioredis';
import { CurrentUser, SessionModule, type SessionModuleOptions, type SessionOptionsFactory, type StoreBackend } from 'nestjs-session-kit';

declare const store: StoreBackend;
declare const client: Redis;
declare const url: string | undefined;
const secret = 'secret';
class Factory implements SessionOptionsFactory {
  createSessionOptions(): SessionModuleOptions {
    return { secret, redis: { url } };
  }
}
`;

const ACCEPTED = `
CurrentUser();
CurrentUser('id');
SessionModule.forRoot({ secret });
SessionModule.forRoot({ secret, store });
SessionModule.forRoot({ secret, redis: undefined, store });
SessionModule.forRoot({ secret, redis: { url }, routes: { path: 'auth' } });
SessionModule.forRoot({ secret, redis: url ? { url } : { client } });
SessionModule.forRoot({ secret, redis: { options: { nodes: [{ host: 'a', port: 1 }] } } });
SessionModule.forRootAsync({ useClass: Factory });
SessionModule.forRootAsync({ useExisting: Factory, isGlobal: false });
SessionModule.forRootAsync({ inject: [Factory], useFactory: (factory: Factory) => factory.createSessionOptions() });
SessionModule.forRootAsync({ useFactory: async () => ({ secret, redis: { client } }) });
`;

/** Each line must be an error; otherwise the compiler reports the directive above it as unused. */
const REFUSED = `
// @ts-expect-error a field that a user does not have
CurrentUser('name');
// @ts-expect-error two stores
SessionModule.forRoot({ secret, redis: { url }, store });
// @ts-expect-error two stores of a factory
SessionModule.forRootAsync({ useFactory: () => ({ secret, redis: { url }, store }) });
// @ts-expect-error two connections
SessionModule.forRoot({ secret, redis: { url, client } });
// @ts-expect-error no connection
SessionModule.forRoot({ secret, redis: {} });
// @ts-expect-error two sources
SessionModule.forRootAsync({ useClass: Factory, useFactory: () => ({ secret }) });
// @ts-expect-error no source
SessionModule.forRootAsync({ isGlobal: true });
// @ts-expect-error a misspelt option
SessionModule.forRoot({ secret, sesion: {} });
`;

it('the types of the options accept valid combinations', () => {
  expect(diagnosticsOf(IMPORTS + ACCEPTED)).toEqual([]);
});

it('the types of the options refuse invalid combinations', () => {
  expect(diagnosticsOf(IMPORTS + REFUSED)).toEqual([]);
});
