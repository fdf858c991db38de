// One process for every way to verify an HS256 token, so that all run under the same conditions.
import 'reflect-metadata';
import { createHmac, createSecretKey, timingSafeEqual } from 'node:crypto';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { JwtService } from '@nestjs/jwt';
import { createVerifier } from 'fast-jwt';
import { jwtVerify } from 'jose';
import jwt from 'jsonwebtoken';
import { Clock, SessionModule, SessionService, TokenService } from 'nestjs-session-kit';
import { serve } from '../serve.mjs';
import { REVOCATION_CHECK, SECRET, sessionOf } from '../settings.mjs';

const TOKENS = 1000;
const BATCH = 100;

const cold = await tokenService(0);
const warm = await tokenService(10_000);
const own = await Promise.all(Array.from({ length: TOKENS }, (_, number) => issue(warm, number)));
const foreign = own.map((token) => signedAgain(token));

const key = createSecretKey(SECRET, 'utf8');
const cryptoKey = await crypto.subtle.importKey(
  'raw',
  Buffer.from(SECRET),
  { name: 'HMAC', hash: 'SHA-256' },
  false,
  ['verify'],
);
const algorithms = ['HS256'];
const withString = new JwtService({ secret: SECRET, verifyOptions: { algorithms } });
const withKeyObject = new JwtService({ secret: key, verifyOptions: { algorithms } });
const fast = createVerifier({ key: SECRET, algorithms });
const fastCached = createVerifier({ key: SECRET, algorithms, cache: TOKENS * 5 });

const CASES = {
  'node:crypto + JSON.parse': [foreign, bareVerify],
  'nestjs-session-kit, cold': [own, (token) => cold.tokens.verifyAccess(token)],
  'nestjs-session-kit, cache hit': [own, (token) => warm.tokens.verifyAccess(token)],
  'jsonwebtoken, KeyObject': [foreign, (token) => jwt.verify(token, key, { algorithms })],
  'jsonwebtoken, string secret': [foreign, (token) => jwt.verify(token, SECRET, { algorithms })],
  '@nestjs/jwt, KeyObject': [foreign, (token) => withKeyObject.verifyAsync(token)],
  '@nestjs/jwt, string secret': [foreign, (token) => withString.verifyAsync(token)],
  'fast-jwt': [foreign, (token) => fast(token)],
  'fast-jwt, cache hit': [foreign, (token) => fastCached(token)],
  jose: [foreign, (token) => jwtVerify(token, cryptoKey, { algorithms })],
};

serve({
  names: () => Object.keys(CASES),
  /** @returns verifications in one second of the processor */
  async run({ name, milliseconds }) {
    const [tokens, verify] = CASES[name];
    // The engine must not know the text of a header from an earlier request, and has not hashed it.
    const received = tokens.map((token) => Buffer.from(token, 'latin1'));
    const until = performance.now() + milliseconds;
    const before = process.cpuUsage();
    let done = 0;
    while (performance.now() < until) {
      for (let i = 0; i < BATCH; i++) {
        const result = verify(received[done++ % TOKENS].latin1Slice());
        if (result instanceof Promise) await result;
      }
    }
    const { user, system } = process.cpuUsage(before);
    return done / ((user + system) / 1e6);
  },
});

async function tokenService(verifiedCacheSize) {
  class AppModule {}
  const imports = [
    SessionModule.forRoot({
      secret: SECRET,
      memory: {},
      revocation: { check: REVOCATION_CHECK },
      tokens: { verifiedCacheSize },
    }),
  ];
  Reflect.decorate([Module({ imports })], AppModule);
  const app = await NestFactory.createApplicationContext(AppModule, { logger: ['error'] });
  // Long after the start: the store decides about tokens of the first minute.
  app.get(Clock).follow(120_000);
  return { tokens: app.get(TokenService), sessions: app.get(SessionService) };
}

async function issue({ tokens, sessions }, number) {
  const { session } = await sessions.create({ ...sessionOf(number), transport: 'bearer' });
  return (await tokens.issue(session)).accessToken;
}

/** The same header and claims, signed by another library. */
function signedAgain(token) {
  const [header, payload] = token
    .split('.', 2)
    .map((part) => JSON.parse(Buffer.from(part, 'base64url').toString()));
  return jwt.sign(payload, SECRET, { header });
}

/** The minimum of a verification: signature, payload, expiry. */
function bareVerify(token) {
  const signatureAt = token.lastIndexOf('.');
  const expected = createHmac('sha256', key).update(token.slice(0, signatureAt)).digest();
  const given = Buffer.from(token.slice(signatureAt + 1), 'base64url');
  if (given.length !== expected.length || !timingSafeEqual(given, expected))
    throw new Error('forged');
  const payload = token.slice(token.indexOf('.') + 1, signatureAt);
  const claims = JSON.parse(Buffer.from(payload, 'base64url').toString());
  if (claims.exp * 1000 <= Date.now()) throw new Error('expired');
  return claims;
}
