import { Controller, Delete, Get, HttpCode, Patch, Post, Put } from '@nestjs/common';
import { CsrfService, Exchange, type HttpExchange, Public, SkipCsrf } from 'nestjs-session-kit';

/** Routes that another site may try to call on behalf of the user. */
@Controller('bank')
export class BankController {
  /** The handlers that ran, to prove that a refused request reached none. */
  readonly ran: string[] = [];

  constructor(private readonly csrf: CsrfService) {}

  @Get('transfer')
  balance() {
    return this.#run('balance');
  }

  @Post('transfer')
  @HttpCode(200)
  transfer() {
    return this.#run('transfer');
  }

  @Put('transfer')
  replace() {
    return this.#run('replace');
  }

  @Patch('transfer')
  change() {
    return this.#run('change');
  }

  @Delete('transfer')
  cancel() {
    return this.#run('cancel');
  }

  /** Authenticates its caller by a separate signature. */
  @Post('webhook')
  @Public()
  @SkipCsrf()
  @HttpCode(200)
  webhook() {
    return this.#run('webhook');
  }

  @Post('subscribe')
  @Public()
  @HttpCode(200)
  subscribe() {
    return this.#run('subscribe');
  }

  /** Issues a token for a page that the application renders. */
  @Get('form')
  form(@Exchange() http: HttpExchange) {
    return { field: this.csrf.issue(http) };
  }

  /** A route without `CsrfGuard` that checks the token itself. */
  @Post('checked')
  @Public()
  @SkipCsrf()
  @HttpCode(200)
  checked(@Exchange() http: HttpExchange) {
    this.csrf.verify(http);
    return this.#run('checked');
  }

  #run(name: string): object {
    this.ran.push(name);
    return { done: name };
  }
}
