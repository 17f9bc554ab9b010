// A port whose adapter is loaded when it is first asked for something: a command that does not need it loads none of it.

/** A port that can come late: whatever it is asked, it answers in time. */
type Asynchronous<T> = { readonly [K in keyof T]: (...args: never[]) => Promise<unknown> };

/** `make` is called once; when it failed, again at the next use. What `ready` has is answered without it. */
export function late<T extends Asynchronous<T>>(make: () => Promise<T>, ready: Partial<T> = {}): T {
  const port = once(make);
  return new Proxy(ready as T, {
    get(_, name) {
      // Whoever waits for it must not take it for a promise.
      if (typeof name === 'symbol' || name === 'then') return undefined;
      const method = name as keyof T;
      return ready[method] ?? (async (...args: never[]) => (await port())[method](...args));
    },
  });
}

/** The same promise at every call; a rejected one is forgotten, so that it can be tried again. */
export function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | undefined;
  return () => {
    made ??= make().catch((error: unknown) => {
      made = undefined;
      throw error;
    });
    return made;
  };
}
