/** Mutants of lib/store and lib/backends/memory. */
export const STORES = {
  'lib/store/session-store.ts': [
    {
      title: 'a logout does not find a session that moved twice',
      from: 'MAX_FORWARDS = 64',
      to: 'MAX_FORWARDS = 1',
      specs: ['contract/memory'],
    },
    {
      title: 'a logout with a cookie that is ten minutes old does not find the session',
      from: 'FORWARD_MS = 15 *',
      to: 'FORWARD_MS = 5 *',
      specs: ['contract/memory'],
    },
  ],
  'lib/store/record-binding.ts': [
    {
      title: 'a record that another application wrote is accepted',
      from: 'timingSafeEqual(mac, macOf(record, key))',
      to: 'mac.length > 0',
      specs: ['record-binding'],
    },
    {
      title: 'a rotation of the secret ends all cookie sessions',
      from: 'this.keys.records.some(',
      to: 'this.keys.records.slice(0, 1).some(',
      specs: ['record-binding'],
    },
  ],
  'lib/store/session-updater.ts': [
    {
      title: 'a change whose answer was lost is applied twice',
      from: 'if (standing?.writeId === lost.writeId) return true;',
      to: '',
      specs: ['session-updater'],
    },
    {
      title: 'a change of unknown outcome is applied again',
      from: 'if (standing && standing.version > lost.version) throw',
      to: 'if (!lost) throw',
      specs: ['session-updater'],
    },
    {
      title: 'other nodes accept the old tokens of a session that moved',
      from: "await this.log.publish([{ type: 'recheck', handle }]);",
      to: '',
      specs: ['revocation/memory'],
    },
    {
      title: 'other nodes accept access tokens with old claims',
      from: 'if (claimsChanged) await',
      to: 'if (!record) await',
      specs: ['revocation/memory'],
    },
    {
      title: 'two changes at once lose one of them',
      from: 'version: record.version + 1,',
      to: 'version: record.version,',
      specs: ['session-updater'],
    },
    {
      title: 'a change restores an expired session',
      from: '!record || !isLive(record, nowMs)',
      to: '!record',
      specs: ['session-updater'],
    },
  ],
  'lib/backends/memory/memory-session-store.ts': [
    {
      title: 'a repeated creation restores an older record',
      from: 'if (this.#entries.has(record.handle)) return',
      to: 'if (!limit) return',
      specs: ['contract/memory'],
    },
    {
      title: 'a user has one session more than the limit',
      from: 'live.length + 1 - limit.maxPerUser',
      to: 'live.length - limit.maxPerUser',
      specs: ['contract/memory'],
    },
    {
      title: 'a login at the limit ends the newest session',
      from: 'createdAtMs(a) - createdAtMs(b)',
      to: 'createdAtMs(b) - createdAtMs(a)',
      specs: ['contract/memory'],
    },
    {
      title: 'a login at the limit ends a session that the option reject protects',
      from: "surplus > 0 && limit.onLimitReached === 'reject'",
      to: '!limit',
      specs: ['contract/memory'],
    },
    {
      title: 'a write overwrites the write of another node',
      from: 'if (entry?.version !== expectedVersion)',
      to: 'if (!entry)',
      specs: ['contract/memory'],
    },
    {
      title: 'a write takes back the activity of a session',
      from: 'Math.max(lastSeenAtMs, record.lastSeenAtMs)',
      to: 'record.lastSeenAtMs',
      specs: ['contract/memory'],
    },
    {
      title: 'a late touch takes back the activity of a session',
      from: 'if (lastSeenAtMs > record.lastSeenAtMs)',
      to: 'if (lastSeenAtMs)',
      specs: ['contract/memory'],
    },
    {
      title: 'a session moves twice at once',
      from: 'this.#entry(oldHandle)?.version !== expectedVersion',
      to: '!this.#entry(oldHandle)',
      specs: ['contract/memory'],
    },
    {
      title: 'the store returns an expired record',
      from: 'entry.expiresAtMs > this.clock.nowMs()',
      to: 'entry.expiresAtMs',
      specs: ['contract/memory'],
    },
    {
      title: 'revokeOthers ends all sessions of the user',
      from: 'handle !== kept',
      to: 'handle',
      specs: ['contract/memory'],
    },
    {
      title: 'revokeEveryone ends sessions of the new epoch',
      from: 'epoch < beforeEpoch',
      to: 'epoch <= beforeEpoch',
      specs: ['contract/memory'],
    },
    {
      title: 'the memory store grows without a limit',
      from: 'this.#makeRoom(evicted.length);',
      to: '',
      specs: ['contract/memory'],
    },
  ],
  'lib/store/store-caller.ts': [
    {
      title: 'an outage of the store is an internal error',
      from: "throw new SessionError('STORE_UNAVAILABLE');",
      to: 'throw error;',
      specs: ['resilient-session-store'],
    },
    {
      title: 'a request waits for ever for a store that does not answer',
      from: 'return withTimeout(milliseconds, ',
      to: 'return Promise.resolve(',
      specs: ['resilient-session-store'],
      hangs: true,
    },
  ],
  'lib/backends/memory/memory-revocation-log.ts': [
    {
      title: 'a node that is behind lowers the epoch',
      from: 'atLeast > this.#epoch',
      to: 'atLeast !== this.#epoch',
      specs: ['contract/memory'],
    },
  ],
  'lib/store/log/revocation-codec.ts': [
    {
      title: 'other nodes accept a token that was revoked on another node',
      from: 'return { type, jti: value };',
      to: 'return undefined;',
      specs: ['revocation-codec'],
    },
  ],
  'lib/backends/memory/memory-backend.ts': [
    {
      title: 'no warning about workers with separate sessions',
      from: '!cluster.isWorker',
      to: 'cluster',
      specs: ['startup-problems'],
    },
  ],
  'lib/store/log/polling-reader.ts': [
    {
      title: 'a node does not notice that a failover replaced a revocation',
      from: 'first?.position === last.position && first.id === last.id',
      to: 'first?.position === last.position',
      specs: ['polling-revocation-log'],
    },
    {
      title: 'a node counts as up to date before it has read all revocations',
      from: 'if (entries.length === MAX_BATCH_ENTRIES) return;',
      to: '',
      specs: ['polling-revocation-log'],
    },
    {
      title: 'a node that starts counts as complete for too early a time',
      from: 'onReset(atMs + 1)',
      to: 'onReset(atMs - 1000)',
      specs: ['polling-revocation-log'],
    },
    {
      title: 'a notification of the database does not wake a node',
      from: '    this.#endPause();',
      to: '',
      specs: ['polling-revocation-log'],
      hangs: true,
    },
  ],
  'lib/store/log/polling-revocation-log.ts': [
    {
      title: 'an append that never settles blocks all later revocations',
      from: 'return withTimeout(STORE_CALL_MS, this.append(entries));',
      to: 'return this.append(entries);',
      specs: ['polling-revocation-log'],
      hangs: true,
    },
  ],
};
