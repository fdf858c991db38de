import { type CanActivate, Controller, Injectable, UseGuards } from '@nestjs/common';
import { MessagePattern, Payload } from '@nestjs/microservices';
import { SubscribeMessage, WebSocketGateway } from '@nestjs/websockets';
import {
  CsrfGuard,
  CurrentSession,
  CurrentUser,
  Exchange,
  Public,
  RateLimit,
  RateLimitGuard,
  RecentLoginGuard,
  RequireRecentLogin,
  Roles,
  RolesGuard,
  type SessionUser,
  SessionGuard,
} from 'nestjs-session-kit';

/** The names of the handlers that ran, to prove that a refused message reached none. */
export const ran: string[] = [];

const Handles =
  (name: string): MethodDecorator =>
  (target, key, descriptor) => {
    MessagePattern(name)(target, key, descriptor);
    SubscribeMessage(name)(target as object, key as string, descriptor as PropertyDescriptor);
  };

/** Handlers of an application, for messages from sockets and queues alike. */
class Handlers {
  @Handles('plain')
  plain(): string {
    ran.push('plain');
    return 'plain';
  }

  @Handles('roles')
  @Roles('admin')
  roles(): string {
    ran.push('roles');
    return 'roles';
  }

  @Handles('recent')
  @RequireRecentLogin({ maxAgeSeconds: 60 })
  recent(): string {
    ran.push('recent');
    return 'recent';
  }

  @Handles('limited')
  @Public()
  @RateLimit({ limit: 1 })
  limited(): string {
    ran.push('limited');
    return 'limited';
  }

  @Handles('user')
  @Public()
  user(@CurrentUser() user: SessionUser | undefined, @CurrentUser('id') id: unknown): object {
    ran.push('user');
    return { user: user ?? 'anonymous', id: id ?? 'anonymous' };
  }

  @Handles('session')
  @Public()
  session(@CurrentSession() session: unknown): unknown {
    ran.push('session');
    return session;
  }

  @Handles('exchange')
  @Public()
  exchange(@Exchange() http: unknown): unknown {
    ran.push('exchange');
    return http;
  }
}

/** Handlers without `globalGuards`, each with its own guard. */
class Doors {
  @Handles('SessionGuard')
  @UseGuards(SessionGuard)
  session(): string {
    ran.push('SessionGuard');
    return 'open';
  }

  @Handles('RolesGuard')
  @UseGuards(RolesGuard)
  @Roles('admin')
  roles(): string {
    ran.push('RolesGuard');
    return 'open';
  }

  @Handles('RecentLoginGuard')
  @UseGuards(RecentLoginGuard)
  @RequireRecentLogin({ maxAgeSeconds: 60 })
  recent(): string {
    ran.push('RecentLoginGuard');
    return 'open';
  }

  @Handles('RateLimitGuard')
  @UseGuards(RateLimitGuard)
  @RateLimit()
  limited(): string {
    ran.push('RateLimitGuard');
    return 'open';
  }

  @Handles('CsrfGuard')
  @UseGuards(CsrfGuard)
  csrf(@Payload() _message: unknown): string {
    ran.push('CsrfGuard');
    return 'open';
  }

  @Handles('public class')
  @UseGuards(SessionGuard)
  @Roles('admin')
  rolesUnderSessionGuard(): string {
    ran.push('public class');
    return 'open';
  }
}

@Controller()
export class RpcHandlers extends Handlers {}

@Controller()
@Public()
export class PublicRpcHandlers extends Handlers {}

@Controller()
@Public()
export class RpcDoors extends Doors {}

@WebSocketGateway()
export class WsHandlers extends Handlers {}

@WebSocketGateway()
@Public()
export class PublicWsHandlers extends Handlers {}

@WebSocketGateway()
@Public()
export class WsDoors extends Doors {}

@Injectable()
export class ResolverHandlers extends Handlers {}

@Injectable()
@Public()
export class PublicResolverHandlers extends Handlers {}

/** A class with the metadata of a resolver with one @ResolveField() and one @ResolveReference(). */
@Injectable()
export class FieldHandlers {
  author(): string {
    return 'ada';
  }

  reference(): string {
    return 'ada';
  }
}
Reflect.defineMetadata('graphql:resolve_property', true, FieldHandlers.prototype.author);
Reflect.defineMetadata('graphql:resolve_reference', true, FieldHandlers.prototype.reference);

/** Like a throttler: it guards, and authenticates no client. */
class CountingGuard implements CanActivate {
  canActivate(): boolean {
    return true;
  }
}

class OwnSessionGuard extends SessionGuard {}

/** Handlers whose guards are not those of `globalGuards`. */
@WebSocketGateway()
export class GuardedWsHandlers {
  @SubscribeMessage('counted')
  @UseGuards(CountingGuard)
  counted(): string {
    return 'open';
  }

  @SubscribeMessage('countedByInstance')
  @UseGuards(new CountingGuard())
  countedByInstance(): string {
    return 'open';
  }

  @SubscribeMessage('own')
  @UseGuards(OwnSessionGuard)
  own(): string {
    return 'closed';
  }

  @SubscribeMessage('intended')
  @UseGuards(CountingGuard)
  @Public()
  intended(): string {
    return 'open';
  }
}

/** A handler that is not public, with the guard that authenticates. */
class AuthenticatedHandlers {
  @Handles('plain')
  @UseGuards(SessionGuard)
  plain(): string {
    ran.push('plain');
    return 'plain';
  }
}

@Controller()
export class AuthenticatedRpcHandlers extends AuthenticatedHandlers {}

@WebSocketGateway()
export class AuthenticatedWsHandlers extends AuthenticatedHandlers {}

@Injectable()
export class AuthenticatedResolverHandlers extends AuthenticatedHandlers {}
