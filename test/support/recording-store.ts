import type { StoreBackend } from 'nestjs-session-kit';

/** A real backend that records the name of each call. */
export interface RecordingStore {
  readonly store: StoreBackend;
  readonly calls: string[];
}

export function recordingStore(backend: StoreBackend): RecordingStore {
  const calls: string[] = [];
  const recorded = <T extends object>(port: T): T =>
    new Proxy(port, {
      get(target, name) {
        const value: unknown = Reflect.get(target, name, target);
        if (typeof value !== 'function') return value;
        return (...args: unknown[]): unknown => {
          calls.push(String(name));
          return Reflect.apply(value, target, args);
        };
      },
    });
  const { store, revocationLog } = backend;
  const log = revocationLog && { revocationLog: recorded(revocationLog) };
  return { store: { ...backend, store: recorded(store), ...log }, calls };
}
