import {
  Injectable,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
} from '@nestjs/common';
import { ResolvedOptions } from '../options/resolved-options.js';
import type { RevocationSubscription } from '../store/revocation.js';
import { RevocationCache } from './revocation-cache.js';
import { SessionStore } from '../store/session-store.js';

/** Keeps the window of revocations up to date, while the app runs and checks tokens by it. */
@Injectable()
export class RevocationFeed implements OnApplicationBootstrap, OnApplicationShutdown {
  #subscription: RevocationSubscription | undefined;

  constructor(
    private readonly store: SessionStore,
    private readonly cache: RevocationCache,
    private readonly options: ResolvedOptions,
  ) {}

  /**
   * Once every module has started: a start that fails leaves no connection open. Does not wait for the first answer: until
   * it comes, requests ask the store.
   */
  async onApplicationBootstrap(): Promise<void> {
    if (this.options.revocation.check !== 'feed') return;
    this.#subscription = await this.store.subscribe(this.cache);
  }

  async onApplicationShutdown(): Promise<void> {
    await this.#subscription?.close();
  }
}
