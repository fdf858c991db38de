import { inspect } from 'node:util';
import { Logger } from '@nestjs/common';
import { type SessionEvent, SessionEvents, SessionService, TokenService } from 'nestjs-session-kit';
import { handedOut } from './credentials.js';

const LOGGER = ['log', 'error', 'warn', 'debug', 'verbose', 'fatal'];
const CONSOLE = ['log', 'info', 'warn', 'error', 'debug', 'trace'];

type Methods = Record<string, (...args: unknown[]) => unknown>;

/** The output of a test file, except answers. */
export interface CapturedOutput {
  readonly events: readonly SessionEvent[];
  /** The text that was logged, printed or emitted in events. */
  text(): string;
  stop(): void;
}

/**
 * Captures the output of every application from now on, however it was started and with any logger:
 * log calls, events, the console and both output streams. Results of its services are added to
 * `handedOut`.
 */
export function captureOutput(): CapturedOutput {
  const lines: string[] = [];
  const events: SessionEvent[] = [];
  const undo: (() => void)[] = [];
  const listening = new WeakSet<SessionEvents>();

  const tap = (
    owner: object,
    names: readonly string[],
    see: (args: unknown[], self: unknown) => void,
    seeResult: (result: unknown) => void = () => undefined,
  ): void => {
    const methods = owner as Methods;
    for (const name of names) {
      const original = methods[name] as Methods[string];
      methods[name] = function (this: unknown, ...args) {
        see(args, this);
        const result = original.apply(this, args);
        seeResult(result);
        return result;
      };
      undo.push(() => (methods[name] = original));
    }
  };
  const noteLine = (parts: readonly unknown[]): void => void lines.push(parts.map(shown).join(' '));

  tap(Logger, LOGGER, noteLine);
  tap(Logger.prototype, LOGGER, noteLine);
  tap(console, CONSOLE, noteLine);
  tap(process.stdout, ['write'], noteLine);
  tap(process.stderr, ['write'], noteLine);
  tap(SessionEvents.prototype, ['emit'], (_args, self) => {
    const source = self as SessionEvents;
    if (listening.has(source)) return;
    listening.add(source);
    source.on((event) => void events.push(event));
  });
  for (const { prototype } of [SessionService, TokenService]) {
    tap(prototype, methodsOf(prototype), () => undefined, noteCredentials);
  }

  return {
    events,
    text: () => [...lines, ...events.map((event) => JSON.stringify(event))].join('\n'),
    stop: () => undo.forEach((restore) => restore()),
  };
}

function noteCredentials(result: unknown): void {
  void Promise.resolve(result).then(
    (value) => handedOut.addFrom(value),
    () => undefined,
  );
}

/**
 * Formats like a logger that shows everything, such as the properties of an error besides its
 * message.
 */
function shown(part: unknown): string {
  return typeof part === 'string' || Buffer.isBuffer(part)
    ? part.toString()
    : inspect(part, { depth: 8, maxStringLength: null, breakLength: Infinity });
}

function methodsOf(prototype: object): string[] {
  return Object.entries(Object.getOwnPropertyDescriptors(prototype))
    .filter(([name, { value }]) => name !== 'constructor' && typeof value === 'function')
    .map(([name]) => name);
}
