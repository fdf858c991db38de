/** What a command has around it: a process, or a test. */
export interface CommandIo {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Results, for people or machines: standard output. */
  out(text: string): void;
  /** Everything else that is said: standard error. */
  err(text: string): void;
  /** Whether `err` goes to a terminal, so that a line can be drawn over. */
  readonly errIsTerminal: boolean;
  /** Asks the person at the terminal; undefined where there is none. An answer that does not come is ''. */
  readonly ask: ((question: string) => Promise<string>) | undefined;
}
