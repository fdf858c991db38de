/** Mutants of the Lua scripts. */
export const REDIS_SCRIPTS = {
  'lib/backends/redis/scripts/create.ts': [
    {
      title: 'a repeated creation restores an older record in Redis',
      from: "if redis.call('EXISTS', KEYS[1]) == 1 then return {} end",
      to: '',
      specs: ['contract/redis'],
    },
    {
      title: 'a user has one session more than the limit in Redis',
      from: '#live + 1 - tonumber(ARGV[4])',
      to: '#live - tonumber(ARGV[4])',
      specs: ['contract/redis'],
    },
    {
      title: 'a login at the limit ends the newest session in Redis',
      from: 'a.created < b.created',
      to: 'a.created > b.created',
      specs: ['contract/redis'],
    },
  ],
  'lib/backends/redis/scripts/lua.ts': [
    {
      title: 'a session in use outlives its absolute timeout in Redis',
      from: 'return math.min(idle',
      to: 'return math.max(idle',
      specs: ['contract/redis', 'contract/redis-keys'],
    },
    {
      title: 'a short session ends the index of a longer one',
      from: "if redis.call('PTTL', index) < ttl_ms then",
      to: 'if true then',
      specs: ['contract/redis-keys'],
    },
  ],
  'lib/backends/redis/scripts/replace.ts': [
    {
      title: 'a write overwrites the write of another node in Redis',
      from: "${field('version', 'head')} ~= ARGV[4] or ",
      to: '',
      specs: ['contract/redis'],
    },
    {
      title: 'a write takes back the activity of a session in Redis',
      from: 'if last_seen >',
      to: 'if last_seen <',
      specs: ['contract/redis'],
    },
  ],
  'lib/backends/redis/scripts/touch.ts': [
    {
      title: 'a late touch takes back the activity of a session in Redis',
      from: 'if ARGV[1] >',
      to: 'if ARGV[1] ~=',
      specs: ['contract/redis'],
    },
  ],
  'lib/backends/redis/scripts/move.ts': [
    {
      title: 'a session moves twice at once in Redis',
      from: "${field('version', 'head')} ~= ARGV[4] or ",
      to: '',
      specs: ['contract/redis'],
    },
  ],
  'lib/backends/redis/scripts/delete.ts': [
    {
      title: 'a logout does not end a session that moved in Redis',
      from: 'current_handle(ARGV[3], ARGV[1])',
      to: 'ARGV[1]',
      specs: ['contract/redis'],
    },
  ],
  'lib/backends/redis/scripts/delete-by-user.ts': [
    {
      title: 'revokeOthers ends all sessions of the user in Redis',
      from: 'if handle ~= kept then',
      to: 'if handle then',
      specs: ['contract/redis'],
    },
  ],
  'lib/backends/redis/scripts/delete-user-before-epoch.ts': [
    {
      title: 'revokeEveryone ends sessions of the new epoch by their index in Redis',
      from: '< ARGV[3] then',
      to: '<= ARGV[3] then',
      specs: ['contract/redis'],
    },
  ],
  'lib/backends/redis/scripts/delete-record-before-epoch.ts': [
    {
      title: 'revokeEveryone ends sessions of the new epoch in Redis',
      from: '>= ARGV[4] then',
      to: '> ARGV[4] then',
      specs: ['contract/redis'],
    },
  ],
  'lib/backends/redis/scripts/lease.ts': [
    {
      title: 'two nodes sweep at once',
      from: 'if holder and holder ~= ARGV[1] then',
      to: 'if false then',
      specs: ['contract/redis'],
    },
  ],
  'lib/backends/redis/scripts/sweep-index.ts': [
    {
      title: 'a sweep ends live sessions',
      from: 'elseif expires_at(head) <= now_ms then',
      to: 'else',
      specs: ['contract/redis'],
    },
  ],
  'lib/backends/redis/scripts/raise-epoch.ts': [
    {
      title: 'a node that is behind lowers the epoch in Redis',
      from: 'if epoch >= at_least then',
      to: 'if epoch == at_least then',
      specs: ['contract/redis'],
    },
  ],
  'lib/backends/redis/scripts/count.ts': [
    {
      title: 'each request prolongs the window of a rate limit',
      from: 'if ttl_ms < 0 then',
      to: 'if true then',
      specs: ['rate-limiter'],
    },
  ],
};
