// Waits for what comes by itself.

const POLL_MS = 50;

/** Resolves as soon as it holds; rejects, and says what did not come about, after 60 s. */
export async function until(what: string, holds: () => Promise<boolean>): Promise<void> {
  const deadline = performance.now() + 60_000;
  while (!(await holds())) {
    if (performance.now() > deadline) throw new Error(`not within 60 s: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}
