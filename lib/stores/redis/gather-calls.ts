interface Call<Input, Output> {
  readonly input: Input;
  readonly resolve: (output: Output) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Makes one call of those that come in one turn of the event loop: a command costs this process more than what it asks
 * for, and under load many requests are read in one turn. Alone, a call waits for nobody.
 * @param callAll answers in the order of what it is given
 */
export function gatherCalls<Input, Output>(
  callAll: (inputs: Input[]) => Promise<readonly Output[]>,
): (input: Input) => Promise<Output> {
  let waiting: Call<Input, Output>[] = [];
  const send = async (): Promise<void> => {
    const calls = waiting;
    waiting = [];
    try {
      const outputs = await callAll(calls.map(({ input }) => input));
      calls.forEach(({ resolve }, at) => resolve(outputs[at] as Output));
    } catch (error) {
      for (const { reject } of calls) reject(error);
    }
  };
  return (input) =>
    new Promise((resolve, reject) => {
      if (waiting.push({ input, resolve, reject }) === 1) setImmediate(send);
    });
}
