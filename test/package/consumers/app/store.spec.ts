import { memoryBackend } from 'nestjs-session-kit';
import { describeSessionStore, FakeClock } from 'nestjs-session-kit/testing';

/** Tests a custom store as its author would. */
describeSessionStore(
  'A store',
  async () => {
    const clock = new FakeClock();
    return { ...memoryBackend({ clock, maxSessions: 1000 }), clock, close: async () => {} };
  },
  { revocationLog: true },
);
