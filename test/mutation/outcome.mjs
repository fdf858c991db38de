const TEST_TIMEOUT = /Exceeded timeout of/;

/**
 * Judges the run of the specs of a mutant:
 * - `killed`: a test failed, or the check for leaked credentials after a spec file.
 * - `survived`: all tests passed.
 * - `timed out`: only timeouts failed, so it is unknown whether a test noticed the mutant. Counts as `killed` for a
 *   mutant that is marked with `hangs`.
 * - `broken`: a spec file could not be loaded, so no test judged the mutant.
 * @param run as `runSpecs` returns it
 */
export function outcomeOf({ report, hung }, { hangs = false }) {
  const timedOut = hangs ? 'killed' : 'timed out';
  if (hung) return timedOut;
  if (!report) return 'broken';
  if (report.success) return 'survived';
  const failed = report.testResults.filter(({ status }) => status === 'failed');
  const tests = failed.flatMap(({ assertionResults }) => assertionResults);
  const failures = tests.filter(({ status }) => status === 'failed');
  if (failures.length === 0) {
    return failed.every(({ assertionResults }) => assertionResults.length > 0)
      ? 'killed'
      : 'broken';
  }
  const byTimeout = failures.every(({ failureMessages }) => TEST_TIMEOUT.test(failureMessages[0]));
  return byTimeout ? timedOut : 'killed';
}
