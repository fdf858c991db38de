import { describe, expect, it } from '@jest/globals';
import { Controller, Get, Module, type Type } from '@nestjs/common';
import { Public, RateLimit } from 'nestjs-session-kit';
import { MATRIX, useFixture } from '../support/fixture.js';
import { send } from '../support/http-client.js';

const Limited = () => RateLimit({ limit: 2, windowSeconds: 60 });

/**
 * Wraps a handler as decorators for transactions and caches do: the new function has no name, and
 * the metadata of the old one.
 */
const Wrapped = (): MethodDecorator => (_target, _name, descriptor: PropertyDescriptor) => {
  const inner = descriptor.value as (...args: unknown[]) => unknown;
  descriptor.value = (() =>
    function (this: unknown, ...args: unknown[]) {
      return inner.apply(this, args);
    })();
};

/** A module with a controller class named `LoginController`, as other modules may have. */
function moduleWith(path: string): Type {
  @Controller(path)
  @Public()
  class LoginController {
    @Get()
    @Limited()
    login(): object {
      return {};
    }
  }
  @Module({ controllers: [LoginController] })
  class AnyModule {}
  return AnyModule;
}

@Controller('twins')
@Public()
class TwinsController {
  @Get('one')
  @Limited()
  @Wrapped()
  one(): object {
    return {};
  }

  @Get('two')
  @Limited()
  @Wrapped()
  two(): object {
    return {};
  }

  @Get('blank')
  @Limited()
  ['grüße ']() {
    return {};
  }

  @Get('dash')
  @Limited()
  ['gr_ße_']() {
    return {};
  }
}

@Controller('inherited')
class InheritedController extends TwinsController {}

describe.each(MATRIX)('$adapter with $store: each route has a separate quota', (entry) => {
  const fixture = useFixture(entry, {
    imports: [moduleWith('customers'), moduleWith('staff'), moduleWith('partners')],
    controllers: [TwinsController, InheritedController],
    options: { globalGuards: true },
  });

  const policyOf = async (path: string): Promise<[status: number, policy: string | undefined]> => {
    const { status, headers } = await send(fixture.url + path);
    return [status, /^"([^"]+)";q=2;w=60$/.exec(headers.get('ratelimit-policy') ?? '')?.[1]];
  };

  it.each([
    ['/customers', 'LoginController.login'],
    ['/staff', 'LoginController~2.login'],
    ['/partners', 'LoginController~3.login'],
    ['/twins/one', 'TwinsController.one'],
    ['/twins/two', 'TwinsController.two'],
    ['/twins/blank', 'TwinsController.gr%00fc%00dfe%0020'],
    ['/twins/dash', 'TwinsController.gr_%00dfe_'],
    ['/inherited/one', 'InheritedController.one'],
  ])('%s, called %s', async (path, name) => {
    expect([await policyOf(path), await policyOf(path), await policyOf(path)]).toEqual([
      [200, name],
      [200, name],
      [429, name],
    ]);
  });
});
