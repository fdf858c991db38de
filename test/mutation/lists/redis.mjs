/** Mutants of lib/backends/redis, except the scripts. */
export const REDIS = {
  'lib/backends/redis/codec/record-codec.ts': [
    {
      title: 'a damaged record is returned',
      from: 'Number.isNaN(version + epoch + times)',
      to: 'Number.isNaN(version)',
      specs: ['record-codec'],
    },
    {
      title: 'Redis compares times of different length as text',
      from: ".padStart(TIME_WIDTH, '0')",
      to: '',
      specs: ['record-codec'],
    },
  ],
  'lib/backends/redis/codec/redis-keys.ts': [
    {
      title: 'a key prefix with a star ends sessions of another application',
      from:
        String.raw`this.prefix.replaceAll(/[\\*?[\]]/g, String.raw` + '`' + String.raw`\$&` + '`)',
      to: 'this.prefix',
      specs: ['contract/redis-keys'],
    },
  ],
  'lib/backends/redis/commands/batch-keys.ts': [
    {
      title: 'a request receives the session of another request',
      from: 'answers[at]',
      to: 'answers[0]',
      specs: ['batch-keys'],
    },
  ],
  'lib/backends/redis/commands/script-runner.ts': [
    {
      title: 'a script that Redis never answers never settles',
      from: 'await withCommandTimeout(\n',
      to: 'await Promise.resolve(\n',
      specs: ['store-settles'],
    },
  ],
  'lib/backends/redis/revocation-reader.ts': [
    {
      title: 'a node does not notice that it missed revocations',
      from: 'complete ? counted !== uncounted : counted > uncounted',
      to: 'complete ? counted > uncounted : counted > uncounted',
      specs: ['revocation/stream'],
    },
    {
      title: 'a node trusts another server after a reconnect',
      from: 'if (this.#reconnected) this.#restart();',
      to: '',
      specs: ['revocation-reader', 'revocation-model'],
    },
  ],
  'lib/backends/redis/connection/connect.ts': [
    {
      title: 'Redis is connected in the constructor',
      from: '{ lazyConnect: true }',
      to: '{ lazyConnect: false }',
      specs: ['failed-start'],
    },
  ],
  'lib/backends/redis/connection/redis-url.ts': [
    {
      title: 'a message shows part of a password with a question mark',
      from: "search.includes('@')",
      to: "search === '@'",
      specs: ['cli/usage'],
    },
  ],
  'lib/backends/redis/redis-session-store.ts': [
    {
      title: 'a read that Redis never answers never settles',
      from: 'withCommandTimeout(client.mget(keys))',
      to: 'client.mget(keys)',
      specs: ['store-settles'],
    },
  ],
  'lib/backends/redis/connection/client-checks.ts': [
    {
      title: 'a client that reads from replicas is used',
      from: "scaleReads !== undefined && scaleReads !== 'master'",
      to: 'scaleReads === null',
      specs: ['backends/connect'],
    },
  ],
  'lib/backends/redis/redis-backend.ts': [
    {
      title: 'the connection stays open at shutdown',
      from: '    close();',
      to: '',
      specs: ['failed-start'],
    },
  ],
  'lib/backends/redis/redis-diagnostics.ts': [
    {
      title: 'no warning about a Redis that evicts live sessions',
      from: "maxmemoryPolicy !== 'noeviction'",
      to: "maxmemoryPolicy === ''",
      specs: ['startup-problems'],
    },
  ],
};
