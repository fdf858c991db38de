import 'reflect-metadata';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { AppModule } from './app.module.js';
import { USERS } from './users/users.service.js';

const port = Number(process.env['PORT'] ?? 3000);
const app =
  process.env['ADAPTER'] === 'fastify'
    ? await NestFactory.create(AppModule, new FastifyAdapter())
    : await NestFactory.create(AppModule);
app.enableShutdownHooks();
await app.listen(port, '127.0.0.1');
console.log(greeting(await app.getUrl()));

function greeting(url: string): string {
  const users = USERS.map(({ email, role, hint }) => `  ${email} / ${hint} (${role})`).join('\n');
  const credentials = `{"email":"ada@example.com","password":"analytical-engine"}`;
  return `
The sample runs on ${url}; sessions are kept in ${(process.env['REDIS_URL'] ?? process.env['REDIS_CLUSTER']) ? 'Redis' : 'memory'}.
Users:
${users}
Open http://localhost:${new URL(url).port} in a browser (Safari drops Secure cookies of http), or try:
  TOKEN=$(curl -s ${url}/auth/token -H 'content-type: application/json' -d '${credentials}' | sed 's/.*"accessToken":"\\([^"]*\\).*/\\1/')
  curl -s ${url}/me -H "authorization: Bearer $TOKEN"
  curl -s ${url}/auth/sessions -H "authorization: Bearer $TOKEN"
`;
}
