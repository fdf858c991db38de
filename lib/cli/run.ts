import { Command, CommanderError } from 'commander';
import { escapeJson, escapeLines, withoutPassword } from '../core/escape-control-characters.js';
import { randomSecret } from '../core/random.js';
import { isHandle } from '../rules/handle.js';
import { COMMANDS, type StoreCommand } from './command-list.js';
import type { CommandIo } from './command-io.js';
import { CommandError, EXIT, type ExitCode, type CommandResult } from './command-result.js';
import { redisTarget } from './redis-target.js';
import { withStore } from './command-context.js';

interface Options {
  readonly redis?: string;
  readonly cluster?: string;
  readonly prefix: string;
  readonly json?: boolean;
  readonly yes?: boolean;
}

/** Same rule as for the option `keyPrefix` of the module: braces would move the hash tag, so that no key is found. */
const KEY_PREFIX = /^[^{}\s]{1,64}$/;

const SECRET_HINT = `Store it where only the application can read it, for example in SESSION_SECRET, and pass it as secret to SessionModule.
To replace a secret, pass secret: [new, old] until all credentials signed with the old one have expired.`;

const HELP_TEXT = `
Pass a Redis URL with a password in the environment: arguments are visible to every user of the machine.
Put two dashes before an id that begins with a dash: list -- -7

Exit codes: 0 done, 1 no such user or handle, 2 wrong usage or not confirmed, 3 Redis failed.`;

/**
 * Runs one command.
 * @param argv arguments without the program name
 */
export async function run(argv: readonly string[], io: CommandIo): Promise<ExitCode> {
  let exitCode: ExitCode = EXIT.done;
  const finish = (result: CommandResult, { json }: Options): void => {
    exitCode = result.exitCode;
    const output = json
      ? result.json && escapeJson(result.json, 2)
      : result.text && escapeLines(result.text);
    if (output) io.out(`${output}\n`);
    if (result.message) writeError(io, result.message);
  };

  const program = programFor(io);
  for (const command of COMMANDS) {
    program
      .command(command.usage)
      .description(command.summary)
      .action(async (...given: unknown[]) => {
        const argument = typeof given[0] === 'string' ? given[0] : '';
        const options = program.opts<Options>();
        finish(await runInStore(command, argument, options, io), options);
      });
  }
  program
    .command('secret')
    .description('generate a secret for SessionModule')
    .action(() => {
      const secret = randomSecret();
      finish(
        { exitCode: EXIT.done, json: { secret }, text: secret, message: SECRET_HINT },
        program.opts<Options>(),
      );
    });

  try {
    await program.parseAsync(moveDashedHandleLast(argv), { from: 'user' });
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.done : EXIT.usage;
    if (!(error instanceof CommandError)) throw error;
    writeError(io, error.message);
    return error.exitCode;
  }
  return exitCode;
}

/** Writes text that may contain an argument or an answer of Redis. */
function writeError(io: CommandIo, text: string): void {
  io.err(`${escapeLines(text)}\n`);
}

function programFor(io: CommandIo): Command {
  return new Command('nestjs-session-kit')
    .description('Manages the sessions that nestjs-session-kit stores in Redis.')
    .option('--redis <url>', 'URL of Redis (default: REDIS_URL)')
    .option('--cluster <host:port,...>', 'nodes of a Redis Cluster (default: REDIS_CLUSTER)')
    .option('--prefix <keyPrefix>', 'keyPrefix of SessionModule', 'sk:')
    .option('--json', 'results as JSON')
    .option('--yes', 'confirm irreversible commands in advance')
    .addHelpText('after', HELP_TEXT)
    .configureHelp({ showGlobalOptions: true })
    .configureOutput({
      writeOut: (text) => io.out(text),
      writeErr: (text) => io.err(text),
      outputError: (text, write) => {
        // The text repeats the arguments.
        write(`${escapeLines(withoutPassword(text.trimEnd()))}\n`);
      },
    })
    .exitOverride();
}

/** Refuses invalid arguments before sending a command to Redis. */
async function runInStore(
  command: StoreCommand,
  argument: string,
  { prefix, yes = false, ...options }: Options,
  io: CommandIo,
): Promise<CommandResult> {
  command.check?.(argument);
  if (!KEY_PREFIX.test(prefix)) {
    throw new CommandError(
      EXIT.usage,
      '--prefix must be 1 to 64 characters without spaces, { and }',
    );
  }
  const target = redisTarget(options, io.env);
  if (command.irreversible && !yes && !io.ask) {
    const message = `${command.usage} cannot be undone and requires confirmation, but there is no terminal; pass --yes to confirm`;
    throw new CommandError(EXIT.usage, message);
  }
  return withStore({ io, target, keyPrefix: prefix, yes }, (context) =>
    command.run(context, argument),
  );
}

/** One handle in 64 begins with a dash and would be parsed as an option. */
function moveDashedHandleLast(argv: readonly string[]): string[] {
  const dashed = argv.filter((argument) => argument.startsWith('-') && isHandle(argument));
  if (dashed.length === 0 || argv.includes('--')) return [...argv];
  return [...argv.filter((argument) => !dashed.includes(argument)), '--', ...dashed];
}
