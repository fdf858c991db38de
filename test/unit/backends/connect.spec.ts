import { describe, expect, it } from '@jest/globals';
import { Redis } from 'ioredis';
import { type RedisConnection, SessionConfigError } from 'nestjs-session-kit';
import { connect } from '../../../lib/backends/redis/connection/connect.js';

const OPTIONS = { host: '127.0.0.1', port: 6390, lazyConnect: true };
const GIVEN = new Redis({ lazyConnect: true });

/** The URL of the connection; it is closed before it opens. */
function addressOf(connection: object): string {
  const opened = connect(connection as RedisConnection);
  opened.close();
  return opened.address;
}

describe('connect', () => {
  it.each<[string, object]>([
    ['127.0.0.1:6391', { url: 'redis://user:pass-word@127.0.0.1:6391/2' }],
    ['127.0.0.1:6391', { url: 'redis://127.0.0.1:6391', client: undefined, options: undefined }],
    ['127.0.0.1:6390', { options: OPTIONS }],
    ['127.0.0.1:6390', { options: OPTIONS, url: undefined, client: undefined }],
    ['/run/redis.sock', { options: { path: '/run/redis.sock', lazyConnect: true } }],
    ['the given client', { client: GIVEN }],
    ['the given client', { client: GIVEN, url: undefined, options: undefined }],
  ])('opens %s, and treats an undefined form as absent (%#)', (address, connection) => {
    expect(addressOf(connection)).toBe(address);
  });

  it('reports a promise of a client and suggests to await it', () => {
    expect(() => addressOf({ client: Promise.resolve(GIVEN) })).toThrow(
      'redis.client: is a Promise; await it in the factory of forRootAsync',
    );
  });

  it('uses a given client unchanged and leaves it open', () => {
    const opened = connect({ client: GIVEN });
    expect(opened.client).toBe(GIVEN);
    opened.close();
    expect(GIVEN.status).toBe('wait');
  });

  it.each(['', 'localhost:6379', 'http://localhost', 'redis', '6379', 'redis//pass-word@host'])(
    'refuses the URL %j without repeating it',
    (url) => {
      const open = (): string => addressOf({ url });
      expect(open).toThrow('redis.url: must be a URL such as redis://user:password@host:6379/0');
      expect(open).not.toThrow('pass-word');
    },
  );

  it.each<[string, object]>([
    ['a client', { client: new Redis({ lazyConnect: true, keyPrefix: 'app:' }) }],
    ['options', { options: { ...OPTIONS, keyPrefix: 'app:' } }],
    ['a Cluster', { options: { nodes: [OPTIONS], redisOptions: { keyPrefix: 'app:' } } }],
    ['a node of a Cluster', { options: { nodes: [{ ...OPTIONS, keyPrefix: 'app:' }] } }],
    ['the URL of a node', { options: { nodes: ['redis://127.0.0.1:6390?keyPrefix=app:'] } }],
    ['a URL', { url: 'redis://127.0.0.1:6390/0?keyPrefix=app:' }],
    [
      'a URL with an escaped option name',
      { url: 'redis://127.0.0.1:6390?family=4&key%50refix=app:' },
    ],
  ])('refuses a separate key prefix in %s', (_what, connection) => {
    expect(() => addressOf(connection)).toThrow(SessionConfigError);
    expect(() => addressOf(connection)).toThrow('set keyPrefix of SessionModule instead');
  });

  it.each<[string, object]>([
    ['options', { options: { ...OPTIONS, stringNumbers: true } }],
    ['a node of a Cluster', { options: { nodes: [{ ...OPTIONS, stringNumbers: true }] } }],
    // A URL contains text, and any text is true for ioredis.
    ['a URL', { url: 'redis://127.0.0.1:6390?stringNumbers=false' }],
  ])('refuses stringNumbers in %s', (_what, connection) => {
    expect(() => addressOf(connection)).toThrow(SessionConfigError);
    expect(() => addressOf(connection)).toThrow('the client has stringNumbers');
  });

  it.each(['slave', 'all', () => undefined])(
    'refuses a Cluster with scaleReads %s',
    (scaleReads) => {
      const open = (): string => addressOf({ options: { nodes: [OPTIONS], scaleReads } });
      expect(open).toThrow(SessionConfigError);
      expect(open).toThrow('the client reads from replicas');
    },
  );

  it('accepts the additional options that a provider adds to a URL', () => {
    expect(addressOf({ url: 'redis://127.0.0.1:6390/0?family=6' })).toBe('127.0.0.1:6390');
  });
});
