import config from './jest.config.js';

const { globalSetup: _installsPrograms, ...settings } = config;

/** Specs of test/unit that start a Redis. */
const NEED_REDIS = ['one-turn', 'rate-limiter', 'redis-keys'];

/** The tests that need Node alone: no Redis, no Chromium, no root. */
export default {
  ...settings,
  roots: [
    '<rootDir>/test/unit',
    '<rootDir>/test/package/architecture',
    '<rootDir>/test/package/surface',
    '<rootDir>/lib',
  ],
  testPathIgnorePatterns: [`/(${NEED_REDIS.join('|')})\\.spec\\.ts$`],
};
