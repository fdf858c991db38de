import type { SessionWithCredential, TokenPair } from 'nestjs-session-kit';

/** The secret of a cookie session; fails for every other transport. */
export function secretIn(opened: SessionWithCredential): string {
  if (opened.transport === 'cookie') return opened.secret;
  throw new Error(`a session with the transport ${opened.transport} has no secret`);
}

/** The token pair of a session with tokens; fails for a cookie session. */
export function tokensIn(opened: SessionWithCredential): TokenPair {
  if (opened.transport !== 'cookie') return opened.tokens;
  throw new Error('a cookie session has no tokens');
}
