/** The environment of a command: a process or a test. */
export interface CommandIo {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Results, for people or machines: standard output. */
  out(text: string): void;
  /** All other output: standard error. */
  err(text: string): void;
  /** Whether `err` is a terminal, so that a line can be overwritten. */
  readonly errIsTerminal: boolean;
  /** Prompts the user at the terminal; undefined without a terminal. A missing answer is ''. */
  readonly ask: ((question: string) => Promise<string>) | undefined;
}
