/** Mutants of lib/cli, lib/events, lib/observability, lib/module-isolation.ts and the documents that tests follow. */
export const OPERATION = {
  'lib/events/audit-log.ts': [
    {
      title: 'a client writes lines of its own into the audit log',
      from: '(escapeJson(event))',
      to: '(JSON.stringify(event))',
      specs: ['audit-log'],
    },
  ],
  'lib/observability/startup-problems.ts': [
    {
      title: 'no warning about access tokens that survive a logout for an hour',
      from: "options.revocation.check === 'none'",
      to: '!options.revocation.check',
      specs: ['startup-problems'],
    },
  ],
  'lib/cli/run.ts': [
    {
      title: 'revoke-everyone runs in a script without a confirmation',
      from: 'command.irreversible && !yes && !io.ask',
      to: 'command.irreversible && !yes && !io.env',
      specs: ['cli/usage', 'cli/revoke'],
    },
    {
      title: 'the CLI shows the password in a mistyped argument',
      from: 'withoutPassword(text.trimEnd())',
      to: 'text.trimEnd()',
      specs: ['cli/usage'],
    },
  ],
  'lib/cli/command-context.ts': [
    {
      title: 'any answer to the question of the CLI confirms it',
      from: ".toLowerCase() === 'yes'",
      to: '.length !== 0',
      specs: ['cli/revoke'],
    },
  ],
  'lib/cli/redis-target.ts': [
    {
      title: 'the CLI ends sessions in one of two Redis',
      from: 'url !== undefined && cluster !== undefined',
      to: 'url === null',
      specs: ['cli/usage'],
    },
  ],
  'lib/module-isolation.ts': [
    {
      title: 'two modules with one key prefix share their sessions',
      from: 'one.options.keyPrefix === other.options.keyPrefix',
      to: '!one.options',
      specs: ['two-modules'],
    },
    {
      title: 'two modules that share a key pair accept the tokens of each other',
      from: 'sameAudience(one, other) && kids(one)',
      to: '!one && kids(one)',
      specs: ['two-modules'],
    },
  ],
  'docs/key-rotation.md': [
    {
      title: 'the documented rotation of a secret does not wait',
      from: 'the new secret signs; wait for the longest idle timeout',
      to: 'the new secret signs',
      specs: ['docs/key-rotation'],
    },
    {
      title: 'the documented rotation of a key pair waits for access tokens only',
      from: 'the new key signs; wait for the longest idle timeout',
      to: 'the new key signs; wait for `tokens.accessTtlSeconds`',
      specs: ['docs/key-rotation'],
    },
    {
      title: 'the documented rotation drops the inactive key pair before the wait',
      from: '`[new, { ...old, active: false }]`',
      to: '`[new]`',
      specs: ['docs/key-rotation'],
    },
  ],
};
