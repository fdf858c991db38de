import { Body, Controller, Get, HttpCode, Post } from '@nestjs/common';
import {
  Exchange,
  type HttpExchange,
  Public,
  SkipCsrf,
  TransientState,
  type TransientStateOptions,
} from 'nestjs-session-kit';
import type { Browser } from '../browser-client.js';

interface Begin extends TransientStateOptions {
  readonly purpose: string;
  readonly value: unknown;
}

/** Begins and takes states for tests. */
@Controller('states')
@Public()
@SkipCsrf()
export class StatesController {
  constructor(private readonly states: TransientState) {}

  @Post()
  @HttpCode(200)
  begin(@Body() { purpose, value, ...options }: Begin, @Exchange() http: HttpExchange): object {
    try {
      return { state: this.states.begin(http, purpose, value, options) };
    } catch (error) {
      return { error: String(error) };
    }
  }

  @Post('unserializable')
  @HttpCode(200)
  unserializable(@Exchange() http: HttpExchange): object {
    const values = [undefined, new Map(), { at: Promise.resolve() }, 1n, () => 1];
    return values.map((value) => {
      try {
        return this.states.begin(http, 'login', value, { ttlSeconds: 60 });
      } catch (error) {
        return error instanceof TypeError && error.message;
      }
    });
  }

  @Post('take')
  @HttpCode(200)
  async take(
    @Body() { purpose, state }: { purpose: string; state: unknown },
    @Exchange() http: HttpExchange,
  ): Promise<object> {
    return { value: await this.states.take(http, purpose, state) };
  }

  @Get()
  read(): object {
    return {};
  }
}

export const VALUE = { nonce: 'n-0S6_WzA2Mj', returnTo: '/orders?page=2' };

export async function begin(browser: Browser, more: Partial<Begin> = {}): Promise<string> {
  const json = { purpose: 'login', value: VALUE, ttlSeconds: 600, ...more };
  const { body } = await browser.post<{ state: string }>('/states', { json });
  return body.state;
}

export const take = (
  browser: Browser,
  state: unknown,
  more: { purpose?: string; cookie?: string } = {},
) =>
  browser.post('/states/take', {
    json: { purpose: more.purpose ?? 'login', state },
    ...(more.cookie !== undefined && { cookie: more.cookie }),
  });

export async function stateCookies(browser: Browser): Promise<string[]> {
  const cookies = await browser.cookies();
  return cookies.filter(({ key }) => key.includes('state-')).map((one) => one.cookieString());
}
