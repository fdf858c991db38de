import { writeSync } from 'node:fs';
import { Controller, Get } from '@nestjs/common';
import { Public } from 'nestjs-session-kit';

export const SPINS_MS = 4000;

/** A handler with a bug: while it computes, this process does nothing else. */
@Controller('spin')
export class SpinningController {
  @Get()
  @Public()
  spin(): object {
    // Written at once, unlike what goes through a stream.
    writeSync(1, 'spinning\n');
    const endsAt = performance.now() + SPINS_MS;
    while (performance.now() < endsAt);
    return {};
  }
}
