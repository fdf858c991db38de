import { Logger } from '@nestjs/common';
import type { HttpExchange } from '../http-exchange.js';

/**
 * Warns once, at the first request that shows it, that the app runs behind a proxy that it does not trust. A client
 * that sends the header itself can cause this one line and nothing else.
 */
export class ProxyCheck {
  readonly #logger = new Logger('SessionModule');
  #isReported = false;

  check(http: HttpExchange): void {
    const forwarded = http.headers['x-forwarded-proto'];
    if (forwarded === undefined || this.#isReported) return;
    if (!forwarded.toString().startsWith('https') || http.origin.startsWith('https:')) return;
    this.#isReported = true;
    this.#logger.warn(
      "a proxy says https (X-Forwarded-Proto) and the app does not trust it: clients have the proxy's address, and a request with an Origin may be refused as foreign; trust your proxy, app.set('trust proxy', 1) on Express, trustProxy on Fastify",
    );
  }
}
