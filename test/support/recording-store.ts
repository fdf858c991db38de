import { SessionStore } from 'nestjs-session-kit';

const HOOKS = new Set(['onModuleInit', 'onApplicationShutdown']);

/** A real store that records the name of each call. */
export interface RecordingStore {
  readonly store: SessionStore;
  readonly calls: string[];
}

export function recordingStore(store: SessionStore): RecordingStore {
  const calls: string[] = [];
  const recorded = new Proxy(store, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name, target);
      if (typeof value !== 'function') return value;
      return (...args: unknown[]): unknown => {
        if (!HOOKS.has(String(name))) calls.push(String(name));
        return Reflect.apply(value, target, args);
      };
    },
  });
  return { store: recorded, calls };
}
