// Pure: what a Dockerfile asks for that the frontend of an old engine cannot do, found before it says so in words that
// lead nowhere.

import { instructionsOf, syntaxOf, type Instruction } from '../context/dockerfile.ts';

/** 'classic': without BuildKit. 'built-in 1.2': what BuildKit of engine 20.10 has. 'newer': at least Dockerfile 1.4. */
export type Frontend = 'classic' | 'built-in 1.2' | 'newer';

export interface FrontendProblem {
  /** Counted from 1. */
  readonly line: number;
  /** 'RUN --mount'. */
  readonly what: string;
  /** What to write where no newer frontend is to be had. */
  readonly instead: string;
}

interface Feature {
  readonly what: (instruction: Instruction) => string | undefined;
  readonly instead: string;
}

const flag =
  (keywords: readonly string[], name: string) =>
  ({ keyword, flags }: Instruction): string | undefined =>
    keywords.includes(keyword) && flags.has(name) ? `${keyword} --${name}` : undefined;
const COPIES = ['COPY', 'ADD'];

/** Dockerfile 1.3 and later. */
const NEWER: readonly Feature[] = [
  {
    what: ({ keyword, hasDocuments }) => (hasDocuments ? `a here-document of ${keyword}` : undefined),
    instead: "write RUN with '&& \\' at the ends of lines, and put files to COPY into the context",
  },
  {
    what: flag(COPIES, 'link'),
    instead: 'leave --link out: it changes how layers are kept, not what is in them',
  },
  { what: flag(['COPY'], 'parents'), instead: 'name the target folder of each source' },
  { what: flag(COPIES, 'exclude'), instead: 'name what to leave out in .dockerignore' },
  { what: flag(['ADD'], 'checksum'), instead: 'download and check the file by RUN' },
];

/** What needs BuildKit at all. */
const BUILDKIT: readonly Feature[] = [
  { what: flag(['RUN'], 'mount'), instead: 'COPY what the step reads; caches are then left out' },
  { what: flag(['RUN'], 'network'), instead: 'leave --network out' },
  { what: flag(['RUN'], 'security'), instead: 'leave --security out' },
  { what: flag(COPIES, 'chmod'), instead: 'set the mode of the file in the context, or RUN chmod' },
  {
    what: ({ keyword, flags }) =>
      keyword === 'FROM' && flags.get('platform')?.some((value) => /\$\{?(BUILD|TARGET)/.test(value))
        ? 'FROM --platform with a variable of BuildKit'
        : undefined,
    instead: 'leave --platform out: there is one platform',
  },
];

/** In the order of lines. */
export function frontendProblems(text: string, frontend: Frontend): FrontendProblem[] {
  // BuildKit gets the frontend that is asked for from a registry.
  if (frontend === 'newer' || (frontend === 'built-in 1.2' && syntaxOf(text) !== undefined)) return [];
  const features = frontend === 'classic' ? [...BUILDKIT, ...NEWER] : NEWER;
  return [...instructionsOf(text)].flatMap((instruction) =>
    features.flatMap(({ what, instead }) => {
      const found = what(instruction);
      return found === undefined ? [] : [{ line: instruction.startLine + 1, what: found, instead }];
    }),
  );
}
