import type { ModelStep } from 'interven-openai-assistants/testing';

/** Creates a promise and the function that resolves it, so that a test decides when something happens. */
export function gate(): { readonly opened: Promise<void>; readonly open: () => void } {
  let open = (): void => undefined;
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { opened, open };
}

/** Creates a script whose steps wait until the promise resolves. */
export function stepsAfter(opened: Promise<void>, ...steps: ModelStep[]): () => Promise<ModelStep> {
  return async () => {
    await opened;
    const step = steps.shift();
    if (!step) throw new Error('The script has no more steps.');
    return step;
  };
}
