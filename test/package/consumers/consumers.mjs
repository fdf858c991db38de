/**
 * The forms in which applications load the package. Each is a folder here with a package.json,
 * whose `npm test` runs the compiled application, or its sources by a test runner. A `src` in a
 * folder contains tests for that consumer only. The output of `nest new` is a scaffold: its folder
 * contains the additions.
 *
 * `loads` are the ways to load the package that must lead to one copy of it. Ways that the test
 * runner does not support are missing: jest supports `import()` only with
 * `--experimental-vm-modules`, and `require` of an ES module only on Node 24.9.
 */
export const CONSUMERS = [
  { name: 'nest12-esm', loads: ['import', 'require'] },
  { name: 'nest11-cjs', loads: ['import', 'require'] },
  { name: 'nest12-jest', loads: ['import'] },
  { name: 'nest12-vitest', loads: ['import', 'require'] },
  { name: 'nest11-scaffold', loads: ['require'], scaffold: true },
];

/** Supported majors of Node; each consumer runs on each. */
export const NODES = [20, 22, 24];

/**
 * The maximum that the package may add to a Nest application, itself included. Raise them with a
 * reason.
 */
export const FOOTPRINT_LIMIT = { packages: 45, mib: 32 };
