import type { ServerResponse } from 'node:http';
import type { HttpAdapterHost } from '@nestjs/core';
import { canonicalOrigin } from '../core/origin.js';
import type { Device, Session } from '../core/session.js';
import {
  type BrowserCredential,
  HttpExchange,
  type PresentedCredentials,
} from '../sessions/http-exchange.js';
import type { SessionService } from '../sessions/session.service.js';
import { type AdapterRequest, isSentTwice } from './adapter-request.js';
import type { BrowserCookies } from './browser-cookies.js';
import type { CredentialReader } from './presented-credentials.js';

const LONGEST_USER_AGENT = 256;

/** What the exchanges of all requests share. */
export interface ExchangeParts {
  readonly adapterHost: HttpAdapterHost;
  readonly sessions: SessionService;
  readonly cookies: BrowserCookies;
  readonly readCredentials: CredentialReader;
}

/** The exchange of one request in a Nest application. */
export class NestHttpExchange extends HttpExchange {
  #credentials: PresentedCredentials | undefined;

  constructor(
    private readonly request: AdapterRequest,
    private readonly headers: AdapterRequest['headers'],
    private readonly rawHeaders: readonly string[],
    private readonly response: ServerResponse,
    private readonly parts: ExchangeParts,
  ) {
    super();
  }

  get method(): string {
    return this.request.method;
  }

  get origin(): string {
    return canonicalOrigin(`${this.request.protocol}://${this.request.host}`);
  }

  get device(): Device {
    const { ip } = this.request;
    const userAgent = this.headers['user-agent'];
    return {
      ...(ip !== undefined && { ip }),
      ...(userAgent !== undefined && { userAgent: userAgent.slice(0, LONGEST_USER_AGENT) }),
    };
  }

  get credentials(): PresentedCredentials {
    this.#credentials ??= this.parts.readCredentials(this.headers, this.rawHeaders);
    return this.#credentials;
  }

  /** Clients in JavaScript send null for what they do not have. */
  get refreshToken(): unknown {
    const { body } = this.request;
    return typeof body === 'object' && body !== null && 'refreshToken' in body
      ? (body.refreshToken ?? undefined)
      : undefined;
  }

  header(name: string): string | undefined {
    const value = this.headers[name];
    return typeof value === 'string' && !isSentTwice(name, this.rawHeaders) ? value : undefined;
  }

  setHeader(name: string, value: string): void {
    this.parts.adapterHost.httpAdapter.setHeader(this.response, name, value);
  }

  prepareCredential(credential: BrowserCredential, persistForMs?: number): () => void {
    const cookies = this.parts.cookies.set(credential, persistForMs);
    return () => this.#setCookies(cookies);
  }

  setCsrfCookie(value: string): void {
    this.#setCookies([this.parts.cookies.setCsrf(value)]);
  }

  clearCookies(): void {
    this.#setCookies(this.parts.cookies.clear());
  }

  session(): Promise<Session> {
    this.sessionRead ??= this.parts.sessions.sessionOf(this);
    return this.sessionRead;
  }

  /** The values are computed first, so a cookie that cannot be set leaves the answer as it was. */
  #setCookies(values: readonly string[]): void {
    const { httpAdapter } = this.parts.adapterHost;
    for (const value of values) httpAdapter.appendHeader(this.response, 'Set-Cookie', value);
  }
}
