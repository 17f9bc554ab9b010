// Pure: the shape of `sync` of a release: which files go straight into its running containers.

import { z } from 'zod';

const relativePath = z
  .string()
  .min(1)
  .refine(
    (path) => !path.startsWith('/') && !path.split('/').includes('..'),
    'must be a path inside the project',
  );

const rule = z
  .strictObject({
    /** File or folder of the project, inside the context of the image. The first rule that covers a file counts. */
    from: relativePath,
    /** Folder of the image that `from`, a folder then, is copied to. Absent exactly where `after` is 'rebuild'. */
    to: z
      .string()
      .regex(/^(\/[A-Za-z0-9._-]+)+$/, 'must be an absolute path of letters, digits, dots, hyphens')
      .optional(),
    /** Patterns as of .dockerignore, relative to `from`: what matches is not covered by this rule. */
    exclude: z.array(z.string()).default([]),
    /** What happens when the files have arrived. A signal ('SIGHUP') goes to the program. */
    after: z
      .union([
        z.enum(['nothing', 'restart', 'rebuild']),
        z.string().regex(/^SIG[A-Z0-9]+$/, "must be 'nothing', 'restart', 'rebuild' or a signal as 'SIGHUP'"),
      ])
      .default('restart'),
  })
  .refine(
    ({ to, after }) => (to === undefined) === (after === 'rebuild'),
    "must have 'to', or else the rule says after: 'rebuild'",
  );

export const syncSchema = z.strictObject({
  /** The image whose content the rules are about; needed where the release has several. */
  image: z.string().optional(),
  /** What the container runs; needed where a rule starts it again. */
  command: z.array(z.string().min(1)).default([]),
  rules: z.array(rule).min(1),
});

export type SyncRules = z.output<typeof syncSchema>;
export type SyncRule = z.output<typeof rule>;
