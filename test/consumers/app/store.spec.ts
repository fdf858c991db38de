import { MemorySessionStore } from 'nestjs-session-kit';
import { describeSessionStore, FakeClock } from 'nestjs-session-kit/testing';

/** As a store of one's own is proven. */
describeSessionStore('A store', async () => {
  const clock = new FakeClock();
  return { store: new MemorySessionStore(clock, 1000), clock, close: async () => {} };
});
