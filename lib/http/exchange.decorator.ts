import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import { exchangeOf } from './http-exchange-factory.js';

/**
 * Hides the type of a parameter from pipes. A ValidationPipe that also validates custom decorators would otherwise copy
 * the exchange into a new object of its class, which is not connected to the request.
 */
const withoutType: ParameterDecorator = (target, key, index) => {
  if (key === undefined) return;
  const types = Reflect.getOwnMetadata('design:paramtypes', target, key) as unknown[] | undefined;
  if (types) Reflect.defineMetadata('design:paramtypes', types.with(index, Object), target, key);
};

const exchangeParam = createParamDecorator(
  (_data: unknown, context: ExecutionContext) => exchangeOf(context),
  [withoutType],
);

/** The `HttpExchange` of the request, which `login`, `logout` and `confirm` of `SessionService` take. */
export const Exchange = (): ParameterDecorator => exchangeParam();
