import type { StoreBackend } from 'nestjs-session-kit';

/** `before`: the call never reaches the store. `after`: it is applied, and its answer is lost. */
export interface Failure {
  readonly method: 'read' | 'locate' | 'replace' | 'delete' | 'create' | 'move' | 'publish';
  readonly when: 'before' | 'after';
  readonly times: number;
  /** The number of calls that succeed first. Default 0. */
  readonly skip?: number;
}

/** A real backend whose connection fails as planned. */
export interface FailingStore {
  readonly store: StoreBackend;
  plan(failure: Failure): void;
  heal(): void;
}

export function failingStore(backend: StoreBackend): FailingStore {
  let planned: Failure | undefined;
  let left = 0;
  let skip = 0;
  const failing = <T extends object>(port: T): T =>
    new Proxy(port, {
      get(target, name) {
        const value: unknown = Reflect.get(target, name, target);
        if (typeof value !== 'function') return value;
        return async (...args: unknown[]): Promise<unknown> => {
          const fails = planned?.method === name && skip-- <= 0 && left-- > 0;
          if (fails && planned?.when === 'before') throw new Error('connection lost');
          const answer: unknown = await Reflect.apply(value, target, args);
          if (fails) throw new Error('answer lost');
          return answer;
        };
      },
    });
  const { store, revocationLog } = backend;
  const log = revocationLog && { revocationLog: failing(revocationLog) };
  return {
    store: { ...backend, store: failing(store), ...log },
    plan: (failure) => {
      planned = failure;
      left = failure.times;
      skip = failure.skip ?? 0;
    },
    heal: () => {
      planned = undefined;
    },
  };
}
