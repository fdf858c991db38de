/**
 * The forms in which apps load the package. Each is a folder here with a package.json, whose `npm test` runs the compiled
 * app, or its sources by a test runner. A `src` in a folder holds tests for that consumer alone. What `nest new` writes is
 * a scaffold: its folder holds what is added to that.
 *
 * `loads` are the ways to load the package that must lead to one copy of it. What is left out the runner itself cannot do:
 * jest knows `import()` only with `--experimental-vm-modules`, and `require` of an ES module only on Node 24.9.
 */
export const CONSUMERS = [
  { name: 'nest12-esm', loads: ['import', 'require'] },
  { name: 'nest11-cjs', loads: ['import', 'require'] },
  { name: 'nest12-jest', loads: ['import'] },
  { name: 'nest12-vitest', loads: ['import', 'require'] },
  { name: 'nest11-scaffold', loads: ['require'], scaffold: true },
];

/** Majors of Node that the package is for; each consumer runs on each. */
export const NODES = [20, 22, 24];

/** What the package may bring into a Nest app, itself included. Raise them with a reason. */
export const FOOTPRINT_LIMIT = { packages: 45, mib: 32 };
