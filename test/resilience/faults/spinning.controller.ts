import { existsSync, writeSync } from 'node:fs';
import { Controller, Get } from '@nestjs/common';
import { Public } from 'nestjs-session-kit';

export const SPINS_MS = 4000;

/**
 * A handler with a bug: while it computes, this process does nothing else. It ends when the file
 * `RELEASE` exists.
 */
@Controller('spin')
export class SpinningController {
  @Get()
  @Public()
  spin(): object {
    // Written synchronously, unlike output through a stream.
    writeSync(1, 'spinning\n');
    const endsAt = performance.now() + SPINS_MS;
    while (performance.now() < endsAt || !existsSync(process.env['RELEASE']!));
    return {};
  }
}
