import 'reflect-metadata';
import { randomBytes } from 'node:crypto';
import type { Type } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { startIdentityProvider } from './identity-provider.js';

/** The folders of the examples and their descriptions. */
const EXAMPLES: Record<string, string> = {
  'oidc-login': 'a login with an OpenID Connect provider, by openid-client',
  'passport-login': 'a login with an OAuth 2.0 provider, by a passport strategy',
};

const name = process.argv[2] ?? '';
if (!(name in EXAMPLES)) {
  const list = Object.entries(EXAMPLES).map(
    ([one, text]) => `  npm run example -- ${one}   ${text}`,
  );
  console.error(`Usage:\n${list.join('\n')}`);
  process.exit(1);
}

const port = Number(process.env['PORT'] ?? 3000);
const appUrl = `http://localhost:${port}`;
const provider = await startIdentityProvider(Number(process.env['PROVIDER_PORT'] ?? 3001), [
  `${appUrl}/login/callback`,
  `${appUrl}/form-post-login/callback`,
]);
Object.assign(process.env, {
  SESSION_SECRET: randomBytes(32).toString('base64url'),
  APP_URL: appUrl,
  OIDC_ISSUER: provider.issuer,
  OIDC_CLIENT_ID: provider.clientId,
  OIDC_CLIENT_SECRET: provider.clientSecret,
});

const { AppModule } = (await import(`./${name}/app.module.js`)) as { AppModule: Type };
const app =
  process.env['ADAPTER'] === 'fastify'
    ? await NestFactory.create(AppModule, new FastifyAdapter())
    : await NestFactory.create(AppModule);
app.enableShutdownHooks();
await app.listen(port, '127.0.0.1');
console.log(`Open ${appUrl} in a browser, and log in with any name and password.`);
