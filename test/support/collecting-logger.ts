import type { LoggerService } from '@nestjs/common';

/** Keeps all log lines of an application. Install it with `app.useLogger(logger)`. */
export class CollectingLogger implements LoggerService {
  readonly lines: string[] = [];

  log = (...parts: unknown[]): void => this.#add(parts);
  warn = (...parts: unknown[]): void => this.#add(parts);
  error = (...parts: unknown[]): void => this.#add(parts);
  debug = (...parts: unknown[]): void => this.#add(parts);
  verbose = (...parts: unknown[]): void => this.#add(parts);
  fatal = (...parts: unknown[]): void => this.#add(parts);

  get text(): string {
    return this.lines.join('\n');
  }

  #add(parts: readonly unknown[]): void {
    this.lines.push(
      parts.map((part) => (part instanceof Error ? part.stack : String(part))).join(' '),
    );
  }
}
