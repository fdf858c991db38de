import { once } from 'node:events';
import { createServer, request as send } from 'node:http';

/** A received request and the status of its answer. */
export interface Arrived {
  readonly method: string;
  readonly path: string;
  readonly status: number;
  /** Whether the request contains the session cookie. */
  readonly withCookie: boolean;
  /** The header `Sec-Fetch-Site`. */
  readonly fetchSite: string | undefined;
}

/** A transparent proxy of a site that records requests, because browsers hide parts of them from scripts and tools. */
export interface Recorder {
  readonly port: number;
  readonly arrived: Arrived[];
  close(): Promise<void>;
}

export async function startRecorder(site: string): Promise<Recorder> {
  const { hostname, port } = new URL(site);
  const arrived: Arrived[] = [];
  const server = createServer((request, response) => {
    const { method = '', url: path = '', headers, rawHeaders } = request;
    const upstream = send({ hostname, port, method, path, headers: rawHeaders }, (answer) => {
      const { statusCode: status = 0 } = answer;
      const withCookie = headers.cookie?.includes('__Host-session=') ?? false;
      const fetchSite = headers['sec-fetch-site'];
      arrived.push({ method, path, status, withCookie, fetchSite });
      response.writeHead(status, answer.rawHeaders);
      answer.pipe(response);
    });
    upstream.on('error', () => response.destroy());
    request.pipe(upstream);
  });
  return { arrived, ...(await listening(server)) };
}

/** Starts another site with an empty page, in which a test runs the script of an attacker. */
export function startAttackerSite(): Promise<Omit<Recorder, 'arrived'>> {
  return listening(
    createServer((_request, response) => {
      response.setHeader('content-type', 'text/html');
      response.end('<!doctype html><title>Win a prize</title>');
    }),
  );
}

async function listening(server: ReturnType<typeof createServer>) {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  const close = async (): Promise<void> => {
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  };
  return { port, close };
}
