// Waits for what comes by itself.

const POLL_MS = 50;

/**
 * Resolves as soon as `look` says true. Rejects after `withinMs`, and says what did not come about and what was seen in
 * its place: the text that `look` gave last.
 */
export async function until(
  what: string,
  look: () => Promise<boolean | string>,
  withinMs = 60_000,
): Promise<void> {
  const deadline = performance.now() + withinMs;
  for (;;) {
    const seen = await look();
    if (seen === true) return;
    if (performance.now() > deadline) {
      const instead = seen === false ? '' : `; last seen: ${seen}`;
      throw new Error(`not within ${withinMs / 1000} s: ${what}${instead}`);
    }
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}
