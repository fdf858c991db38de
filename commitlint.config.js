/** Checks the commits of a pull request, see Commits and pull requests in CONTRIBUTING.md. */
export default {
  extends: ['@commitlint/config-conventional'],
  rules: { 'header-max-length': [2, 'always', 72] },
};
