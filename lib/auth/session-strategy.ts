/** Marks the passport strategies of this package, which the root entry does not import. */
export const SESSION_STRATEGY = Symbol.for('nestjs-session-kit:strategy');

/** A passport strategy that authenticates by sessions. */
export interface SessionStrategy {
  readonly [SESSION_STRATEGY]: true;
  /** Name under which passport registers it. */
  readonly name: string;
}

export function isSessionStrategy(instance: unknown): instance is SessionStrategy {
  return typeof instance === 'object' && instance !== null && SESSION_STRATEGY in instance;
}
