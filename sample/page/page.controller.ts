import { readFile } from 'node:fs/promises';
import { applyDecorators, Controller, Get, Header } from '@nestjs/common';
import { Public } from 'nestjs-session-kit';

/** The folder of the page: `nest build` copies it beside the compiled file. */
const FOLDER = new URL('.', import.meta.url);

/**
 * Allows scripts, styles and requests of this origin only, no frames, and no forms sent without the
 * script.
 */
const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "connect-src 'self'",
  "img-src 'self' data:",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** The page needs no session. It requests the current user from `/me`, like any client. */
@Controller()
export class PageController {
  @PageFile('/', 'text/html', 'no-cache')
  index(): Promise<string> {
    return read('index.html');
  }

  @PageFile('style.css', 'text/css')
  style(): Promise<string> {
    return read('style.css');
  }

  @PageFile('app.js', 'text/javascript')
  script(): Promise<string> {
    return read('app.js');
  }
}

/**
 * @param caching a few minutes, so that a reload counts as one request for the rate limit and not
 * three
 */
function PageFile(path: string, type: string, caching = 'max-age=300'): MethodDecorator {
  return applyDecorators(
    Get(path),
    Public(),
    Header('Content-Type', `${type}; charset=utf-8`),
    Header('Cache-Control', caching),
    Header('Content-Security-Policy', CONTENT_SECURITY_POLICY),
    Header('X-Content-Type-Options', 'nosniff'),
    Header('Referrer-Policy', 'no-referrer'),
  );
}

function read(name: string): Promise<string> {
  return readFile(new URL(name, FOLDER), 'utf8');
}
