import 'reflect-metadata';
import { Controller, Get, HttpCode, Module, Post, UseGuards } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter } from '@nestjs/platform-fastify';

/**
 * The differences between a server and the bare one.
 * @typedef {object} Variant
 * @property {object[]} [imports]
 * @property {object[]} [providers]
 * @property {(object | Function)[]} [guards] of the one route
 * @property {'GET' | 'POST'} [method]
 * @property {Function[]} [decorators] of the one route
 * @property {(input: any) => unknown} [handle] receives the value of `parameter`
 * @property {ParameterDecorator} [parameter]
 * @property {(app: object) => unknown} [before] middleware and plugins
 * @property {(app: object, url: string, count: number) => Promise<object[]>} [requests] the
 * requests of clients, each with `headers`, and `method`, `path` and `body` if they differ from the
 * route
 */

/**
 * A Nest application with one route that answers `{"ok":true}`.
 * @param {'express' | 'fastify'} adapter
 * @param {Variant} variant
 */
export async function startApp(adapter, variant) {
  const module = moduleOf(variant);
  const options = { logger: ['error'] };
  const app =
    adapter === 'fastify'
      ? await NestFactory.create(module, new FastifyAdapter(), options)
      : await NestFactory.create(module, options);
  await variant.before?.(app);
  await app.listen(0, '127.0.0.1');
  return app;
}

function moduleOf({
  imports = [],
  providers = [],
  guards = [],
  method = 'GET',
  decorators = [],
  handle = () => ({ ok: true }),
  parameter,
}) {
  class RouteController {
    handle(input) {
      return handle(input);
    }
  }
  const route = method === 'GET' ? Get() : Post();
  decorate(RouteController, 'handle', [route, HttpCode(200), UseGuards(...guards), ...decorators]);
  parameter?.(RouteController.prototype, 'handle', 0);
  Reflect.decorate([Controller()], RouteController);

  class AppModule {}
  Reflect.decorate([Module({ imports, providers, controllers: [RouteController] })], AppModule);
  return AppModule;
}

function decorate({ prototype }, name, decorators) {
  Reflect.decorate(decorators, prototype, name, Object.getOwnPropertyDescriptor(prototype, name));
}
