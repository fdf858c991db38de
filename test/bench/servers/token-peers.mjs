import { createSecretKey, randomUUID } from 'node:crypto';
import { UnauthorizedException } from '@nestjs/common';
import { JwtService } from '@nestjs/jwt';
import { AuthGuard, PassportModule, PassportStrategy } from '@nestjs/passport';
import jwt from 'jsonwebtoken';
import { ExtractJwt, Strategy } from 'passport-jwt';
import { SECRET, sessionOf } from '../settings.mjs';

export const passportJwtString = () => passportJwt(SECRET);
export const passportJwtKeyObject = () => passportJwt(createSecretKey(SECRET, 'utf8'));

async function passportJwt(secretOrKey) {
  class JwtStrategy extends PassportStrategy(Strategy) {
    constructor() {
      super({
        jwtFromRequest: ExtractJwt.fromAuthHeaderAsBearerToken(),
        secretOrKey,
        algorithms: ['HS256'],
      });
    }

    validate({ sub, email, role }) {
      return { id: sub, email, role };
    }
  }
  return {
    imports: [PassportModule],
    providers: [JwtStrategy],
    guards: [AuthGuard('jwt')],
    requests: requestsWithToken,
  };
}

/** The guard of the Nest documentation. */
export async function nestjsJwt() {
  const service = new JwtService({ secret: SECRET });
  return {
    guards: [
      {
        async canActivate(context) {
          const request = context.switchToHttp().getRequest();
          const [type, token] = request.headers.authorization?.split(' ') ?? [];
          if (type !== 'Bearer' || !token) throw new UnauthorizedException();
          try {
            request.user = await service.verifyAsync(token);
          } catch {
            throw new UnauthorizedException();
          }
          return true;
        },
      },
    ],
    requests: requestsWithToken,
  };
}

async function requestsWithToken(_app, _url, count) {
  return bearerTokens(count).map(({ headers }) => ({ headers }));
}

/** With the claims that the package puts into its tokens. */
export function bearerTokens(count) {
  return Array.from({ length: count }, (_, number) => {
    const { userId, claims } = sessionOf(number);
    const ids = { sid: randomUUID(), jti: randomUUID(), lin: randomUUID() };
    const payload = { ...claims, ...ids, cver: 0, auth_time: 1_764_000_000, type: 'access' };
    const options = {
      subject: userId,
      issuer: 'nestjs-session-kit',
      audience: 'nestjs-session-kit',
      expiresIn: 3600,
    };
    const signed = jwt.sign(payload, SECRET, options);
    return { headers: { authorization: `Bearer ${signed}` }, claims: jwt.decode(signed) };
  });
}
