// Pure: what to do about what an engine says went wrong.

/** The engine has no code for a full disk, only the words of the operating system. */
export function hintOfEngine(text: string): string | undefined {
  if (!/no space left on device/i.test(text)) return undefined;
  return 'The disk of the container engine is full: `npm run prune` removes what is old of ours, `docker system df` shows the rest.';
}
