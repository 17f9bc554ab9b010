// Pure: what to do about what an engine says went wrong.

/** The engine has no code for a full disk, only the words of the operating system. */
export function hintOfEngine(text: string): string | undefined {
  if (/docker\/dockerfile|frontend gateway/i.test(text))
    return 'The frontend that `# syntax=` names comes from a container registry: see that one answers, or leave the line out, the engine has a frontend built in.';
  if (/requires BuildKit|unknown flag|unknown instruction/i.test(text))
    return 'The frontend of this engine does not know it. Correct it, take a newer engine, or, where the classic builder was asked for, BuildKit (--builder buildkit).';
  if (!/no space left on device/i.test(text)) return undefined;
  return 'The disk of the container engine is full: `slipway prune` removes what is old of ours, `docker system df` shows the rest.';
}
