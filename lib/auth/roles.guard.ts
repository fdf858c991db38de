import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { SessionUser } from '../core/session.js';
import { SessionError } from '../core/session-error.js';
import { Authenticator } from '../sessions/authenticator.js';
import { HttpExchangeFactory } from '../http/http-exchange-factory.js';
import { requiredRoles } from './roles.decorator.js';

/** Enforces `@Roles()`. Routes without it pass. */
@Injectable()
export class RolesGuard implements CanActivate {
  constructor(
    private readonly reflector: Reflector,
    private readonly exchanges: HttpExchangeFactory,
    private readonly authenticator: Authenticator,
  ) {}

  /** @throws SessionError `ROLE_REQUIRED`, and as `SessionGuard` for an anonymous request */
  async canActivate(context: ExecutionContext): Promise<boolean> {
    const required = requiredRoles(this.reflector, context);
    if (!required) return true;
    const http = this.exchanges.of(context);
    const { user } = await this.authenticator.require(http);
    const roles = this.getRoles(user);
    if (!required.some((role) => roles.includes(role))) throw new SessionError('ROLE_REQUIRED');
    return this.authenticator.admit(http);
  }

  /**
   * Override it to take the roles from other claims, or to add the roles that a role includes.
   * @returns the claim `role` and those in the claim `roles`
   */
  protected getRoles(user: SessionUser): readonly string[] {
    const { role, roles } = user as { role?: unknown; roles?: unknown };
    const found: unknown[] = [role, ...(Array.isArray(roles) ? roles : [])];
    // A user without a role must not match an undefined role, such as a misspelt member of an enum.
    return found.filter((one) => typeof one === 'string');
  }
}
