import type { IncomingMessage } from 'node:http';
import type { Device, Session } from '../core/session.js';
import { HttpExchange, type PresentedCredentials } from '../sessions/http-exchange.js';
import type { SessionService } from '../sessions/session.service.js';
import { bearerToken, hasSeveral } from './bearer.js';

/** What Express and Fastify have in common, as far as it is used here. */
export interface AdapterRequest {
  readonly headers: IncomingMessage['headers'];
  readonly ip?: string | undefined;
  readonly body?: unknown;
  /** Fastify keeps Node's request here; on Express the request is Node's. */
  readonly raw?: IncomingMessage | undefined;
}

const LONGEST_USER_AGENT = 256;

/** The exchange of one request in a Nest application. */
export class NestHttpExchange extends HttpExchange {
  #credentials: PresentedCredentials | undefined;
  #session: Promise<Session> | undefined;

  constructor(
    private readonly request: AdapterRequest,
    private readonly sessions: SessionService,
    private readonly writeHeader: (name: string, value: string) => void,
  ) {
    super();
  }

  get device(): Device {
    const userAgent = this.request.headers['user-agent'];
    return {
      ...(this.request.ip !== undefined && { ip: this.request.ip }),
      ...(userAgent !== undefined && { userAgent: userAgent.slice(0, LONGEST_USER_AGENT) }),
    };
  }

  get credentials(): PresentedCredentials {
    this.#credentials ??= readCredentials(this.request);
    return this.#credentials;
  }

  setHeader(name: string, value: string): void {
    this.writeHeader(name, value);
  }

  session(): Promise<Session> {
    this.#session ??= this.sessions.sessionOf(this);
    return this.#session;
  }
}

/** Reads what a request shows, the same on both adapters. */
export function readCredentials(request: AdapterRequest): PresentedCredentials {
  const { rawHeaders } = request.raw ?? (request as IncomingMessage);
  const bearer = bearerToken(request.headers.authorization);
  const { body } = request;
  const refreshToken: unknown =
    typeof body === 'object' && body !== null && 'refreshToken' in body
      ? body.refreshToken
      : undefined;
  return {
    ...(bearer !== undefined && { bearer }),
    ...(refreshToken !== undefined && { refreshToken }),
    ambiguous: hasSeveral('authorization', rawHeaders),
  };
}
