// Pure: the shape of slipway.config.ts. What this file accepts is what the tool can run.

import { z } from 'zod';
import { DEFAULT_FAIL_FAST } from '../kubernetes/readiness/fail-fast.ts';
import { LASTING_FOLDERS } from '../state/lasting-folders.ts';
import { ruleNames } from '../policy/rule-names.ts';
import { syncSchema } from './sync-schema.ts';

/** RFC 1123 label: what Kubernetes accepts as a name everywhere, and what is safe in a shell, a path and a selector. */
const name = z
  .string()
  .max(53)
  .regex(/^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/, 'must be lowercase letters, digits and hyphens');
const relativePath = z
  .string()
  .min(1)
  .refine(
    (path) => !path.startsWith('/') && !path.split('/').includes('..'),
    'must be a path inside the project',
  );
const port = z.int().min(1).max(65535);
const hostname = z
  .string()
  .max(253)
  .regex(/^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/, 'must be a host name');

const image = z.strictObject({
  dockerfile: relativePath,
  context: relativePath,
  target: z.string().optional(),
  buildArgs: z.record(z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/), z.string()).default({}),
  /** Build argument → bundled base that takes its place where no container registry answers. */
  bases: z.record(z.string(), z.enum(['debian', 'node', 'node-build', 'postgres', 'redis'])).default({}),
  /** Replaces budget.imageMegabytes for this image. */
  budgetMegabytes: z.number().positive().optional(),
});

const variable = z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'must be the name of an environment variable');

const secretValue = z.union([
  z.strictObject({ generate: z.strictObject({ bytes: z.int().min(8).max(256) }) }),
  z.strictObject({ template: z.string() }),
  z.strictObject({ fromEnv: variable, optional: z.boolean().optional() }),
]);

const secret = z
  .strictObject({
    namespace: name.optional(),
    keys: z
      .record(
        z
          .string()
          .max(253)
          .regex(
            /^(?!\.\.?$|\.\.)[-._A-Za-z0-9]+$/,
            'must be a key of a Secret: letters, digits, hyphens, dots and underscores',
          ),
        secretValue,
      )
      .optional(),
    /** Instead of keys: certificate and key of the user's certificate authority, as a Secret kubernetes.io/tls. */
    authority: z.literal('local').optional(),
  })
  .refine(
    ({ keys, authority }) => (keys === undefined) !== (authority === undefined),
    "must have either 'keys' or 'authority'",
  );

const failFast = z
  .union(
    [
      z.literal(false),
      z.strictObject({
        crashes: z.int().positive().default(DEFAULT_FAIL_FAST.crashes),
        afterSeconds: z.number().nonnegative().default(DEFAULT_FAIL_FAST.afterSeconds),
      }),
    ],
    { error: 'must be false, or { crashes, afterSeconds }: a whole number from 1 on, and seconds from 0 on' },
  )
  .default(DEFAULT_FAIL_FAST);

const release = z.strictObject({
  chart: relativePath,
  namespace: name.optional(),
  /** Releases and addons ('addon:ingress-nginx') that must be ready first. */
  needs: z.array(z.string()).default([]),
  values: z.record(z.string(), z.unknown()).default({}),
  /** Path in the values ('image.reference') → image whose reference goes there. */
  images: z.record(z.string(), z.string()).default({}),
  /** Secrets that must exist first. */
  secrets: z.array(z.string()).default([]),
  /** How long its workloads may take to get ready. */
  readyWithinSeconds: z.int().positive().default(180),
  /** When it is given up on before that; false: never. */
  failFast,
  /** Files that `slipway watch` sends into running containers instead of building the image anew. */
  sync: syncSchema.optional(),
});

const forward = z.strictObject({
  service: name,
  namespace: name.optional(),
  /** Of the Service. */
  port,
  /** The same port if absent; the next free one is taken where it is in use. */
  localPort: port.optional(),
});

const waiver = z.strictObject({
  rule: z.enum(ruleNames, {
    error: ({ input }) =>
      `there is no rule ${typeof input === 'string' ? `'${input}'` : 'of that kind'}; slipway check --rules lists them`,
  }),
  /** What the rule need not hold for: 'Deployment/backend', or with its namespace 'todo/Deployment/backend'. */
  resource: z
    .string()
    .regex(
      /^([^/\s]+\/)?[A-Z][A-Za-z0-9]*\/[^/\s]+$/,
      "must be '<kind>/<name>' or '<namespace>/<kind>/<name>'",
    ),
  reason: z.string().trim().min(1, 'must say why'),
});

const environment = z.strictObject({
  cluster: z
    .strictObject({
      driver: z.enum(['kind']).default('kind'),
      name: name
        .refine(
          (value) => !LASTING_FOLDERS.includes(value),
          "is a folder of Slipway's own state: choose another",
        )
        .optional(),
      /** Other environments that say so too may be in the same cluster. */
      shared: z.boolean().default(false),
      /** kind's config of the cluster; that of Slipway itself if absent: one node with the ports of NGINX. */
      config: relativePath.optional(),
      /** Wanted host ports; the next free one is taken where one is in use. */
      ports: z.strictObject({ http: port.default(8080), https: port.default(8443) }).prefault({}),
    })
    .prefault({}),
  namespace: name,
  /** Who builds images; 'auto': BuildKit where the engine has it. `--builder` and DOCKER_BUILDKIT come first. */
  builder: z.enum(['auto', 'classic', 'buildkit']).default('auto'),
  budget: z
    .strictObject({
      imageMegabytes: z.number().positive().default(250),
      totalMegabytes: z.number().positive().default(500),
    })
    .prefault({}),
  images: z.record(name, image).default({}),
  addons: z
    .record(
      name,
      z.strictObject({
        /** Refused when it is not what the catalogue has in the mode of the run; whatever it has if absent. */
        version: z.string().optional(),
        values: z.record(z.string(), z.unknown()).default({}),
      }),
    )
    .default({}),
  secrets: z.record(name, secret).default({}),
  releases: z.record(name, release),
  /** Ports of this machine that lead to Services while `slipway watch` runs, by a name for people. */
  forwards: z.record(name, forward).default({}),
  /** Shown when all is up; {http} and {https} stand for the chosen ports. */
  urls: z.record(z.string(), z.string()).default({}),
  /** What `slipway check` and `up` hold the charts to. */
  policy: z
    .strictObject({
      waivers: z.array(waiver).default([]),
      /** What a broken rule does to `up`: 'fail' before anything is installed, 'report' only, 'off' not even asked. */
      onUp: z.enum(['fail', 'report', 'off']).default('fail'),
      /** 'fail': charts of addons have to keep the rules, too. */
      thirdParty: z.enum(['report', 'fail']).default('report'),
    })
    .prefault({}),
  /** Host names that the environment answers to, for the hint about the hosts file. */
  hosts: z.array(hostname).default([]),
});

export const configSchema = z.strictObject({
  default: name,
  environments: z.record(name, environment),
});

export type Config = z.output<typeof configSchema>;
export type ConfigInput = z.input<typeof configSchema>;
export type Environment = z.output<typeof environment>;
export type SecretSpec = z.output<typeof secret>;
