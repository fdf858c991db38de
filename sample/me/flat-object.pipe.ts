import { BadRequestException, type PipeTransform } from '@nestjs/common';

/** Accepts a JSON object whose values are strings, numbers, booleans or null. */
export class FlatObjectPipe implements PipeTransform<unknown, Record<string, unknown>> {
  transform(value: unknown): Record<string, unknown> {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      throw new BadRequestException('Send a JSON object, for example {"theme":"dark"}');
    }
    if (Object.values(value).some((inner) => typeof inner === 'object' && inner !== null)) {
      throw new BadRequestException('Preferences are flat: strings, numbers, booleans or null');
    }
    return value as Record<string, unknown>;
  }
}
