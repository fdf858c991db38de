/**
 * The other side of `Worker`: answers what it asks, one after the other.
 * @param {Record<string, (input: any) => unknown>} handlers
 */
export function serve(handlers) {
  const all = { ready: () => true, ...handlers };
  let last = Promise.resolve();
  process.on('message', ({ id, name, input }) => {
    last = last.then(async () => {
      try {
        process.send({ id, value: await all[name](input) });
      } catch (error) {
        process.send({ id, error: error.stack });
      }
    });
  });
  // Whoever started it is gone.
  process.on('disconnect', () => process.exit());
}
