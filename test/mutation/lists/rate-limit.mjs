/** Mutants of lib/rate-limit. */
export const RATE_LIMIT = {
  'lib/rate-limit/client-network.ts': [
    {
      title: 'a client has a quota for each of its IPv6 addresses',
      from: 'IPV6_NETWORK_BITS = 64',
      to: 'IPV6_NETWORK_BITS = 128',
      specs: ['client-network'],
    },
    {
      title: 'a client has a second quota in the IPv6 notation of its address',
      from: 'ipaddr.process(bare)',
      to: 'ipaddr.parse(bare)',
      specs: ['client-network'],
    },
    {
      title: 'a client has a quota for each of its ports',
      from: 'ipv4 ?? ipv6 ?? ip',
      to: 'ip',
      specs: ['client-network'],
    },
  ],
  'lib/rate-limit/rate-limiter.ts': [
    {
      title: 'one request beyond the limit passes',
      from: 'count <= limit',
      to: 'count <= limit + 1',
      specs: ['rate-limiter'],
    },
    {
      title: 'no request is limited while Redis fails',
      from: 'counted ?? this.#countHere(id, windowMs)',
      to: 'counted ?? [0, windowMs]',
      specs: ['rate-limiter'],
    },
    {
      title: 'all quotas of a client are counted together',
      from: 'rl:${name}:',
      to: 'rl:',
      specs: ['a8-rate-limit'],
    },
  ],
  'lib/rate-limit/memory-rate-limit-counter.ts': [
    {
      title: 'a client over the limit is refused for ever',
      from: 'counter.endsAtMs <= nowMs ||',
      to: '',
      specs: ['memory-rate-limit-counter'],
    },
    {
      title: 'a clock that is set back prolongs a refusal',
      from: '|| counter.endsAtMs > nowMs + windowMs',
      to: '',
      specs: ['memory-rate-limit-counter'],
    },
  ],
  'lib/rate-limit/rate-limit.guard.ts': [
    {
      title: 'each session of an attacker has a quota on a handler for anonymous users',
      from: "own && (by === 'session' || this.#isAdmitted(http))",
      to: 'own',
      specs: ['a8-rate-limit-lockout'],
    },
    {
      title: 'each session of an attacker gives a quota of passwords to try',
      from: "return 'network';",
      to: "return 'session';",
      specs: ['a8-rate-limit'],
    },
    {
      title: 'a request is counted once for each guard',
      from: 'state.rateLimited ??=',
      to: 'state.rateLimited =',
      specs: ['a8-rate-limit'],
    },
    {
      title: 'a client over the limit of its network continues with a session',
      from: 'one.allowed ? other : one',
      to: 'one.allowed ? one : other',
      specs: ['a8-rate-limit-lockout'],
    },
    {
      title: 'a client with invented cookies locks out the logins of its network',
      from: "hasCookie ? 'cookie' : 'ip'",
      to: "'ip'",
      specs: ['a8-rate-limit-lockout'],
    },
  ],
};
