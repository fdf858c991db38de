import { Injectable } from '@nestjs/common';
import { PassportStrategy } from '@nestjs/passport';
import { TransientState } from 'nestjs-session-kit';
import { OAuthStateStore } from 'nestjs-session-kit/passport';
import OAuth2Strategy from 'passport-oauth2';

/** What the app takes from the profile at the provider. */
export interface Profile {
  readonly id: string;
  readonly email: string;
}

/** A strategy for a provider without a package of its own. With one, extend its strategy, and drop `userProfile`. */
@Injectable()
export class ExampleStrategy extends PassportStrategy(OAuth2Strategy, 'example') {
  constructor(states: TransientState) {
    super({
      authorizationURL: `${process.env['OIDC_ISSUER']}/auth`,
      tokenURL: `${process.env['OIDC_ISSUER']}/token`,
      clientID: process.env['OIDC_CLIENT_ID'] ?? '',
      clientSecret: process.env['OIDC_CLIENT_SECRET'] ?? '',
      callbackURL: `${process.env['APP_URL']}/login/callback`,
      scope: 'openid email',
      store: new OAuthStateStore(states, 'example'),
      pkce: true,
    });
  }

  /** Passport calls it before `validate`, which receives the result. */
  override userProfile(
    accessToken: string,
    done: (error: unknown, profile?: Profile) => void,
  ): void {
    readProfile(accessToken).then((profile) => done(null, profile), done);
  }

  /** The result is `request.user` in the callback. */
  validate(_accessToken: string, _refreshToken: string, profile: Profile): Profile {
    return profile;
  }
}

async function readProfile(accessToken: string): Promise<Profile> {
  const url = `${process.env['OIDC_ISSUER']}/me`;
  const response = await fetch(url, { headers: { authorization: `Bearer ${accessToken}` } });
  if (!response.ok) throw new Error(`the provider answered ${response.status}`);
  const { sub, email } = (await response.json()) as { sub: string; email: string };
  return { id: sub, email };
}
