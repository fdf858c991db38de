import {
  Injectable,
  type OnApplicationBootstrap,
  type OnApplicationShutdown,
} from '@nestjs/common';
import { ResolvedOptions } from '../options/resolved-options.js';
import type { RevocationSubscription } from '../store/revocation.js';
import { RevocationCache } from './revocation-cache.js';
import { RevocationLog } from '../store/revocation-log.js';

/** Keeps the revocation cache up to date while the app runs and checks tokens with it. */
@Injectable()
export class RevocationFeed implements OnApplicationBootstrap, OnApplicationShutdown {
  #subscription: RevocationSubscription | undefined;

  constructor(
    private readonly log: RevocationLog,
    private readonly cache: RevocationCache,
    private readonly options: ResolvedOptions,
  ) {}

  /**
   * Runs after every module has started, because a start that fails must not leave a connection open. Does not wait for
   * the first answer: requests read the store until it arrives.
   */
  async onApplicationBootstrap(): Promise<void> {
    if (this.options.revocation.check !== 'feed') return;
    this.#subscription = await this.log.subscribe(this.cache);
  }

  async onApplicationShutdown(): Promise<void> {
    await this.#subscription?.close();
  }
}
