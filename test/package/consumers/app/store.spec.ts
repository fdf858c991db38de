import { MemorySessionStore } from 'nestjs-session-kit';
import { describeSessionStore, FakeClock } from 'nestjs-session-kit/testing';

/** Tests a custom store as its author would. */
describeSessionStore('A store', async () => {
  const clock = new FakeClock();
  return { store: new MemorySessionStore(clock, 1000), clock, close: async () => {} };
});
