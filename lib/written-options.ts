import type { InjectionToken, Provider } from '@nestjs/common';
import { SessionConfigError } from './core/session-config-error.js';
import type { SessionModuleAsyncOptions, SessionOptionsFactory } from './session-module-options.js';

/** The options of the application before validation. They contain the secret, so they are never exported. */
export const WRITTEN_OPTIONS = Symbol('SessionModuleOptions');

/** @throws SessionConfigError for an argument of `forRoot` or `forRootAsync` that is not an object */
export function requireObject(path: 'forRoot' | 'forRootAsync', written: unknown): void {
  const isObject = typeof written === 'object' && written !== null && !Array.isArray(written);
  if (isObject && !('then' in written)) return;
  const example =
    path === 'forRoot'
      ? 'for example { secret: process.env.SESSION_SECRET }; use forRootAsync for options that have to be awaited'
      : 'for example { useFactory: async () => ({ secret }) }';
  throw new SessionConfigError([{ path, message: `must be given an object, ${example}` }]);
}

/**
 * Returns the providers of the options.
 * @throws SessionConfigError unless exactly one valid source is given
 */
export function optionProviders(source: SessionModuleAsyncOptions): Provider[] {
  const { useFactory, useClass, useExisting } = source;
  if ([useFactory, useClass, useExisting].filter(Boolean).length !== 1) {
    const message = 'must have exactly one of useFactory, useClass and useExisting';
    throw new SessionConfigError([{ path: 'forRootAsync', message }]);
  }
  if (useFactory && typeof useFactory !== 'function') {
    const message = 'must be a function that returns the options or a promise of them';
    throw new SessionConfigError([{ path: 'useFactory', message }]);
  }
  if (useClass && typeof useClass !== 'function') {
    const message = 'must be a class with a method createSessionOptions';
    throw new SessionConfigError([{ path: 'useClass', message }]);
  }
  if (useFactory) return [{ provide: WRITTEN_OPTIONS, inject: source.inject ?? [], useFactory }];
  if (useClass) return [useClass, writtenBy(useClass)];
  return useExisting ? [writtenBy(useExisting)] : [];
}

function writtenBy(factory: InjectionToken): Provider {
  return {
    provide: WRITTEN_OPTIONS,
    inject: [factory],
    useFactory: (made: SessionOptionsFactory) => made.createSessionOptions(),
  };
}
