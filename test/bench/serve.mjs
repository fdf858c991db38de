/**
 * The child side of `Worker`: answers its calls, one after the other.
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
  // The parent process has ended.
  process.on('disconnect', () => process.exit());
}
