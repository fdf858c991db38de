import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';

/** `reset`: the connection breaks. `hang`: it stays open and nothing passes it any more, as behind a dead router. */
export type Loss = 'reset' | 'hang';

/** Stands between an app and a server, and loses answers. */
export interface TcpProxy {
  readonly port: number;
  /**
   * Loses the answer to the next request that matches, and with it the connection. The server got the request and has
   * answered it.
   * @returns resolves when that has happened
   */
  loseAnswerTo(request: RegExp, loss: Loss): Promise<void>;
  close(): Promise<void>;
}

interface Trap {
  readonly request: RegExp;
  readonly loss: Loss;
  sprung(): void;
}

export async function startTcpProxy(target: { host: string; port: number }): Promise<TcpProxy> {
  const sockets = new Set<Socket>();
  let trap: Trap | undefined;

  const server = createServer((client) => {
    const upstream = connect(target);
    let caught: Trap | undefined;
    let dead = false;
    const end = (): void => {
      client.destroy();
      upstream.destroy();
    };
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on('error', end).on('close', () => {
        sockets.delete(socket);
        end();
      });
    }
    client.on('data', (request) => {
      if (trap?.request.test(request.toString('latin1'))) {
        caught = trap;
        trap = undefined;
      }
      if (!dead) upstream.write(request);
    });
    upstream.on('data', (answer) => {
      if (!caught) return void client.write(answer);
      if (!dead) caught.sprung();
      dead = true;
      if (caught.loss === 'reset') end();
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };

  return {
    port,
    loseAnswerTo: (request, loss) =>
      new Promise((sprung) => {
        trap = { request, loss, sprung };
      }),
    close: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}
