import { availableParallelism } from 'node:os';

/** Node's own ES modules, because Nest 12 is ESM; swc, because ts-jest does not keep decorator metadata as fast. */
export default {
  rootDir: '..',
  testEnvironment: 'node',
  // `lib` has no specs; a coverage report finds the files that no test loads there.
  roots: ['<rootDir>/test', '<rootDir>/lib'],
  testMatch: ['**/*.spec.ts'],
  testPathIgnorePatterns: [
    '<rootDir>/test/package/consumers/',
    // 1,480 tests that `npm test` runs on one server: `test:ci` and `test:all` run them again on a Cluster.
    ...(process.env['TEST_ROUNDS'] ? [] : ['cluster/whole-suites\\.spec\\.ts$']),
  ],
  extensionsToTreatAsEsm: ['.ts'],
  globalSetup: '<rootDir>/test/support/setup/require-programs.js',
  setupFilesAfterEnv: ['<rootDir>/test/support/setup/no-credential-leaks.ts'],
  // Only ends what hangs. A test that takes seconds alone takes minutes on a busy machine.
  testTimeout: 120_000,
  // Most of the time a test waits for servers, so there are more workers than cores.
  maxWorkers: Math.ceil(availableParallelism() * 1.5),
  testSequencer: '<rootDir>/test/support/setup/slowest-first.js',
  collectCoverageFrom: ['lib/**/*.ts'],
  coverageDirectory: '<rootDir>/coverage',
  // The default provider instruments with Babel, which these files do not pass through.
  coverageProvider: 'v8',
  coverageReporters: ['text-summary', 'lcov'],
  // The modules of a finished test file stay in memory: without a limit a worker grows to 4 GB, and collecting that
  // garbage stops it for longer than the timeouts under test.
  workerIdleMemoryLimit: '800MB',
  moduleNameMapper: {
    '^nestjs-session-kit$': '<rootDir>/lib/index.ts',
    '^nestjs-session-kit/passport$': '<rootDir>/lib/passport/index.ts',
    '^nestjs-session-kit/testing$': '<rootDir>/lib/testing/index.ts',
    '^(\\.{1,2}/.*)\\.js$': '$1',
  },
  transform: {
    '\\.ts$': [
      '@swc/jest',
      {
        jsc: {
          parser: { syntax: 'typescript', decorators: true },
          transform: { legacyDecorator: true, decoratorMetadata: true },
          target: 'es2022',
          keepClassNames: true,
        },
        module: { type: 'es6' },
      },
    ],
  },
};
