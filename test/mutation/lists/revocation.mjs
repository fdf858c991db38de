/** Mutants of lib/revocation. */
export const REVOCATION = {
  'lib/revocation/revocation-cache.ts': [
    {
      title: 'an access token of a revoked session is valid',
      from: "if (cutoff === ENDED) return 'ended';",
      to: '',
      specs: ['revocation-cache'],
    },
    {
      title: 'an access token that was revoked is valid without the store',
      from: "if (this.#entries.has(jti)) return 'denied';",
      to: '',
      specs: ['revocation-cache'],
    },
    {
      title: 'an access token of an earlier epoch is valid',
      from: "if (epoch < this.#epoch) return 'ended';",
      to: '',
      specs: ['revocation-cache'],
    },
    {
      title: 'an access token with old claims is valid without the store',
      from: 'if (cver < cutoff) return undefined;',
      to: '',
      specs: ['revocation-cache'],
    },
    {
      title: 'a node that cannot read revocations accepts every token',
      from: 'covered && this.#isFresh()',
      to: 'covered',
      specs: ['revocation-cache'],
    },
    {
      title: 'a node that missed revocations accepts older tokens',
      from: 'return covered &&',
      to: 'return iat &&',
      specs: ['revocation-cache'],
    },
    {
      title: 'a token from a node whose clock is ahead survives a missed revocation',
      from: ' + CLOCK_MARGIN_MS',
      to: '',
      specs: ['revocation-cache'],
    },
    {
      title: 'a recheck cancels a revocation',
      from: 'Math.max(known, cutoff)',
      to: 'cutoff',
      specs: ['revocation-cache'],
    },
    {
      title: 'a node that dropped a revocation accepts its token',
      from: 'Math.max(this.#coveredSinceMs, entry.atMs + 1)',
      to: 'this.#coveredSinceMs',
      specs: ['revocation-cache'],
    },
    {
      title: 'a flood of revocations fills the memory',
      from: '&& this.#entries.size <= MAX_ENTRIES',
      to: '',
      specs: ['revocation-cache'],
    },
  ],
  'lib/revocation/session-revoker.ts': [
    {
      title: 'other nodes accept tokens of a user while the sessions end',
      from: 'await this.#publish(known);',
      to: '',
      specs: ['revocation/feed'],
    },
    {
      title: 'other nodes never learn of a revocation that could not be published',
      from: 'if (failure) this.#addPending(handles);',
      to: '',
      specs: ['revocation/half-done'],
    },
    {
      title: 'a user ends the session of another user',
      from: 'userId === undefined || located.userId === userId',
      to: 'located',
      specs: ['session-list'],
    },
    {
      title: 'revokeOthers ends the session that it keeps',
      from: '.filter(({ lineage }) => lineage !== kept?.lineage)',
      to: '',
      specs: ['moved-session'],
    },
    {
      title: 'a logout with an invented cookie writes to the revocation log',
      from: 'if (!isUnproven) await this.#publish([handle]);',
      to: 'await this.#publish([handle]);',
      specs: ['a8-rate-limit-lockout', 'moved-session', 'a4-half-done'],
    },
  ],
  'lib/revocation/revocation-aware-session-store.ts': [
    {
      title: 'an application accepts cookies of another application on the same Redis',
      from: 'if (!this.binding.accepts(record)) return false;',
      to: '',
      specs: ['resilient-session-store'],
    },
    {
      title: 'a session whose revocation was published but not carried out is live',
      from: 'if (!this.cache.hasEnded(record)) return true;',
      to: 'if (record) return true;',
      specs: ['resilient-session-store'],
    },
    {
      title: 'a failover that loses the epoch restores all sessions',
      from: 'return Math.max(await',
      to: 'return Math.min(await',
      specs: ['resilient-session-store'],
    },
  ],
  'lib/revocation/revocation-feed.ts': [
    {
      title: 'the connection that follows revocations stays open at shutdown',
      from: 'await this.#subscription?.close();',
      to: '',
      specs: ['failed-start'],
    },
  ],
};
