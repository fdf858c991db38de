import type { SessionWithCredential, TokenPair } from 'nestjs-session-kit';

/** The secret of a session whose credential is a cookie; a test that meets another transport fails. */
export function secretIn(opened: SessionWithCredential): string {
  if (opened.transport === 'cookie') return opened.secret;
  throw new Error(`a session with the transport ${opened.transport} has no secret`);
}

/** The token pair of a session whose credential is one; a test that meets a cookie session fails. */
export function tokensIn(opened: SessionWithCredential): TokenPair {
  if (opened.transport !== 'cookie') return opened.tokens;
  throw new Error('a cookie session has no tokens');
}
