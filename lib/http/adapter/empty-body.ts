import type { Readable } from 'node:stream';
import type { IncomingHttpHeaders } from 'node:http';

/** Hook `preParsing` of a Fastify route. */
export type PreParsing = (
  request: { readonly headers: IncomingHttpHeaders },
  reply: unknown,
  payload: Readable,
  done: (error: null, payload: Readable) => void,
) => void;

/**
 * Lets a route answer a request without a body regardless of its content type, as Express does. Fastify picks a parser
 * by the content type alone, and that parser refuses an empty body: 400 for JSON, 415 for an unknown type.
 */
export const ignoreTypeOfEmptyBody: PreParsing = (request, _reply, payload, done) => {
  const { headers } = request;
  if (Number(headers['content-length']) > 0) {
    done(null, payload);
    return;
  }
  // The length is not always sent (chunks, HTTP/2), so the stream is inspected. It also becomes readable at its end.
  payload.once('readable', () => {
    if (payload.readableLength === 0) {
      delete headers['content-type'];
      delete headers['transfer-encoding'];
    }
    done(null, payload);
  });
};
