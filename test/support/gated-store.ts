import type { StoreBackend } from 'nestjs-session-kit';

/** The calls whose order matters; all others pass. */
const GATED = new Set(['create', 'read', 'locate', 'replace', 'move', 'delete', 'deleteByUser']);

/** Stops the calls of one caller to a store until each is released. Open until it is closed. */
export class Gate {
  #closed = false;
  readonly #waiting: (() => void)[] = [];
  #arrived: (() => void)[] = [];

  /** Stops all calls from now on. */
  close(): void {
    this.#closed = true;
  }

  /** Lets all calls pass from now on. */
  open(): void {
    this.#closed = false;
    for (const pass of this.#waiting.splice(0)) pass();
  }

  /** Resolves when this many calls wait. */
  async arrival(count = 1): Promise<void> {
    while (this.#waiting.length < count) {
      await new Promise<void>((resolve) => this.#arrived.push(resolve));
    }
  }

  /**
   * Releases one call. @param place in the order of arrival; default: the call that waits longest
   */
  letThrough(place = 0): void {
    for (const pass of this.#waiting.splice(place, 1)) pass();
  }

  /** Waits for the release. */
  pass(): Promise<void> {
    if (!this.#closed) return Promise.resolve();
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
      for (const resolve of this.#arrived.splice(0)) resolve();
    });
  }
}

/** A real backend, the calls of whose store wait at a gate before they run. */
export function gatedStore(backend: StoreBackend, gate: Gate): StoreBackend {
  const store = new Proxy(backend.store, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name, target);
      if (typeof value !== 'function') return value;
      return async (...args: unknown[]): Promise<unknown> => {
        if (GATED.has(String(name))) await gate.pass();
        return Reflect.apply(value, target, args);
      };
    },
  });
  return { ...backend, store };
}
