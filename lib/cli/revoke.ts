import { plainText } from '../core/plain-text.js';
import { KEYS_PER_STEP } from '../stores/redis/redis-scan.js';
import { liveSessionsOf, noSessions } from './list-sessions.js';
import { throughSteps } from './long-work.js';
import { EXIT, type Outcome } from './outcome.js';
import type { StoreDesk } from './store-desk.js';

const BY = { by: 'service' } as const;

const NOT_CONFIRMED: Outcome = { exitCode: EXIT.usage, message: 'not confirmed, nothing was done' };

/** Running apps hear of it as if one of them had done it. */
export async function revokeOne({ endings }: StoreDesk, handle: string): Promise<Outcome> {
  const revoked = await endings.one({ handle }, BY);
  const json = { handle, revoked };
  return revoked
    ? { exitCode: EXIT.done, json, text: `session ${handle} has ended` }
    : { exitCode: EXIT.nothingFound, json, message: `there is no session ${handle}` };
}

export async function revokeUser(desk: StoreDesk, userId: string): Promise<Outcome> {
  const { length: count } = await liveSessionsOf(desk, userId);
  if (count === 0) return { ...noSessions(userId), json: { userId, revoked: 0 } };
  const question = `User ${plainText(userId)} has ${sessions(count)} and will be logged out everywhere.`;
  if (!(await desk.confirm(question))) return NOT_CONFIRMED;
  const revoked = await desk.endings.ofUser(userId, BY);
  const text = `${sessions(revoked)} of user ${plainText(userId)} ended`;
  return { exitCode: EXIT.done, json: { userId, revoked }, text };
}

export async function revokeEveryone(desk: StoreDesk): Promise<Outcome> {
  const { store, endings, target, keyPrefix } = desk;
  const question = `Every session under ${keyPrefix} in ${target.address} will end, every user has to log in again.`;
  if (!(await desk.confirm(question))) return NOT_CONFIRMED;
  const epoch = await endings.beginEpoch();
  let revoked = 0;
  const outcome = await throughSteps(desk, {
    steps: store.endEveryone(epoch),
    keysPerStep: KEYS_PER_STEP,
    add: (ended) => (revoked += ended),
    json: () => ({ revoked }),
    text: () => `${sessions(revoked)} ended`,
  });
  if (outcome.exitCode !== EXIT.done || revoked > 0) return outcome;
  const message = `there are no sessions under ${keyPrefix}; is --prefix what the app has as keyPrefix?`;
  return { ...outcome, exitCode: EXIT.nothingFound, message };
}

function sessions(count: number): string {
  return count === 1 ? '1 session' : `${count} sessions`;
}
