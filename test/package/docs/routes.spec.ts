import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { NestFactory } from '@nestjs/core';
import type { INestApplication, Type } from '@nestjs/common';
import { SessionModule } from 'nestjs-session-kit';
import { SECRET } from '../../support/test-app.js';
import { blocks, code, rows } from './documents.js';

describe('documented routes', () => {
  let kit: INestApplication;
  let sample: INestApplication;
  beforeAll(async () => {
    kit = await started(SessionModule.forRoot({ secret: SECRET, routes: {} }));
    // A computed path keeps the compiler from adding the types of the sample to those of the tests.
    const path = '../../../sample/app.module.js';
    const { AppModule } = (await import(path)) as { AppModule: Type };
    sample = await started(AppModule);
  });
  afterAll(async () => {
    await kit.close();
    await sample.close();
  });

  it('in the table equal the mounted routes', () => {
    // A route with two kinds of answer has a second row without its name.
    const documented = rows('route', 'request', 'answer').flatMap(([route]) => code(route) || []);
    expect(documented.toSorted()).toEqual(routesOf(kit).toSorted());
  });

  it('in curl lines belong to the sample and cover all of its own routes', () => {
    const tried = blocks('sh').flatMap((block) => curlRoutes(block.code));
    const mounted = routesOf(sample);
    expect(mounted).toEqual(expect.arrayContaining(tried));
    const own = mounted.filter(
      (route) => !routesOf(kit).includes(route) && !OF_THE_PAGE.has(route),
    );
    expect(tried).toEqual(expect.arrayContaining(own));
  });
});

/** The routes that a browser fetches when it opens the page. */
const OF_THE_PAGE = new Set(['GET /', 'GET /style.css', 'GET /app.js']);

async function started(
  module: Parameters<typeof NestFactory.create>[0],
): Promise<INestApplication> {
  const app = await NestFactory.create(module, { logger: false });
  return app.init();
}

/** Returns `METHOD /path` of every route that Express has mounted. */
function routesOf(app: INestApplication): string[] {
  interface Layer {
    readonly route?: { readonly path: string; readonly methods: Record<string, boolean> };
  }
  const { stack } = (app.getHttpAdapter().getInstance() as { router: { stack: Layer[] } }).router;
  return stack.flatMap(({ route }) =>
    route
      ? Object.keys(route.methods).map((method) => `${method.toUpperCase()} ${route.path}`)
      : [],
  );
}

/** curl sends GET, or POST with a body, unless `-X` names the method. */
function curlRoutes(shell: string): string[] {
  const lines = shell.split('\n').filter((line) => line.includes('curl '));
  return lines.map((line) => {
    const path = /http:\/\/(?:127\.0\.0\.1|localhost):3000(\/[^\s]*)/.exec(line)?.[1];
    const method = / -X (\w+)/.exec(line)?.[1] ?? (line.includes(' -d ') ? 'POST' : 'GET');
    return `${method} ${path}`;
  });
}
