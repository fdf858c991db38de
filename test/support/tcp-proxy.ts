import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/**
 * `reset`: the connection breaks. `hang`: it stays open and silent, as behind a dead router. `cut`:
 * half of the answer arrives, then the connection breaks.
 */
export type Loss = 'reset' | 'hang' | 'cut';

/** A proxy between an application and a server that causes network faults. */
export interface TcpProxy {
  readonly port: number;
  /**
   * Loses the answer to the next request that matches, and with it the connection. The server has
   * received and answered the request.
   * @returns resolves when the answer was lost
   */
  loseAnswerTo(request: RegExp, loss: Loss): Promise<void>;
  /** Cancels `loseAnswer`. */
  loseNone(): void;
  /** Breaks every connection; new ones work. */
  reset(): void;
  /** Breaks every connection; new ones reach another server, as after a change of DNS. */
  pointTo(port: number): void;
  /** Breaks every connection and accepts no new one. */
  refuse(): Promise<void>;
  /**
   * Forwards nothing in either direction; open connections stay open, and new connections are
   * silent too.
   */
  swallow(): void;
  /** Delays every answer by this time. */
  delay(milliseconds: number): void;
  /** Ends `refuse`, `swallow` and `delay`. Breaks connections that lost data. */
  heal(): Promise<void>;
  close(): Promise<void>;
}

interface Trap {
  readonly request: RegExp;
  readonly loss: Loss;
  sprung(): void;
}

/** A connection through the proxy. */
interface Link {
  /** Data was lost, so that later data would be out of sequence. */
  broken: boolean;
  end(): void;
}

export async function startTcpProxy(to: { host: string; port: number }): Promise<TcpProxy> {
  let target = to;
  const links = new Set<Link>();
  let trap: Trap | undefined;
  let swallows = false;
  let delayMs = 0;

  const server = createServer((client) => {
    const upstream = connect(target);
    const link: Link = {
      broken: false,
      end: () => {
        client.destroy();
        upstream.destroy();
      },
    };
    links.add(link);
    for (const socket of [client, upstream]) {
      socket.on('error', link.end).on('close', () => {
        links.delete(link);
        link.end();
      });
    }
    let caught: Trap | undefined;
    /** The time at which the last answer is sent. Answers keep their order, however delayed. */
    let throughAt = 0;
    let sent = Promise.resolve();

    client.on('data', (request) => {
      if (swallows) link.broken = true;
      if (link.broken) return;
      if (trap?.request.test(request.toString('latin1'))) {
        caught = trap;
        trap = undefined;
      }
      upstream.write(request);
    });
    upstream.on('data', (answer) => {
      if (caught && !link.broken) lose(caught, { answer, client, link });
      if (swallows) link.broken = true;
      if (link.broken) return;
      throughAt = Math.max(throughAt, performance.now() + delayMs);
      const at = throughAt;
      sent = sent.then(async () => {
        const waitMs = at - performance.now();
        if (waitMs > 0) await sleep(waitMs, undefined, { ref: false });
        if (!link.broken) client.write(answer);
      });
    });
  });
  const listen = async (port: number): Promise<number> => {
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
    return (server.address() as { port: number }).port;
  };
  const reset = (): void => {
    for (const { end } of links) end();
  };
  const refuse = async (): Promise<void> => {
    if (!server.listening) return;
    const closed = once(server, 'close');
    server.close();
    reset();
    await closed;
  };
  const port = await listen(0);

  return {
    port,
    loseAnswerTo: (request, loss) =>
      new Promise((sprung) => {
        trap = { request, loss, sprung };
      }),
    loseNone: () => {
      trap = undefined;
    },
    reset,
    pointTo: (toPort) => {
      target = { ...target, port: toPort };
      reset();
    },
    refuse,
    swallow: () => {
      swallows = true;
    },
    delay: (milliseconds) => {
      delayMs = milliseconds;
    },
    heal: async () => {
      swallows = false;
      delayMs = 0;
      for (const { broken, end } of links) if (broken) end();
      if (!server.listening) await listen(port);
    },
    close: refuse,
  };
}

function lose(
  { loss, sprung }: Trap,
  { answer, client, link }: { answer: Buffer; client: Socket; link: Link },
): void {
  link.broken = true;
  sprung();
  if (loss === 'cut') client.end(answer.subarray(0, Math.ceil(answer.length / 2)));
  if (loss === 'reset') link.end();
}
