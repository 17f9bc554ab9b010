// Where the container engine listens: found as the docker CLI finds it, so that kind talks to the same one.

import { createHash } from 'node:crypto';
import { access, readFile } from 'node:fs/promises';
import { isAbsolute, join } from 'node:path';
import { Failure } from '../failure.ts';
import { quoteArgument } from '../process/quote-command.ts';

/** sun_path of unix(7) without its closing zero; longer ones are cut off in silence. */
const LONGEST_SOCKET_BYTES = 107;

/** Where Docker's packages for Linux listen. */
export const defaultSocketPath = '/var/run/docker.sock';

export interface EngineEndpoint {
  /** 'unix:///var/run/docker.sock' or 'tcp://host:port', as DOCKER_HOST takes it. */
  readonly url: string;
  /** Given for a unix socket. */
  readonly socketPath: string | undefined;
  /** Folder with ca.pem, cert.pem and key.pem, for a tcp endpoint with TLS. */
  readonly tlsFolder: string | undefined;
  /** Where it was found: 'DOCKER_HOST', "context 'desktop-linux'", 'default'. */
  readonly source: string;
}

export interface EndpointSurroundings {
  /** DOCKER_HOST, DOCKER_CONTEXT, DOCKER_CONFIG, DOCKER_TLS_VERIFY and DOCKER_CERT_PATH are looked at. */
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly homeFolder: string;
}

/** DOCKER_HOST, else the chosen docker context, else the default socket. */
export async function findEngineEndpoint({ env, homeFolder }: EndpointSurroundings): Promise<EngineEndpoint> {
  const configFolder = env['DOCKER_CONFIG'] || join(homeFolder, '.docker');
  const host = env['DOCKER_HOST'];
  if (host) {
    const verifies = Boolean(env['DOCKER_TLS_VERIFY']);
    return endpoint(host, 'DOCKER_HOST', verifies ? env['DOCKER_CERT_PATH'] || configFolder : undefined);
  }
  const context = env['DOCKER_CONTEXT'] || (await currentContext(configFolder));
  if (context === undefined || context === '' || context === 'default') {
    return endpoint(`unix://${defaultSocketPath}`, 'default', undefined);
  }
  const id = createHash('sha256').update(context).digest('hex');
  const file = join(configFolder, 'contexts', 'meta', id, 'meta.json');
  try {
    const meta = JSON.parse(await readFile(file, 'utf8')) as { Endpoints: { docker: { Host: unknown } } };
    const { Host } = meta.Endpoints.docker;
    if (typeof Host !== 'string') throw new Error('Endpoints.docker.Host is no string');
    const tlsFolder = join(configFolder, 'contexts', 'tls', id, 'docker');
    // A context without TLS has no such folder.
    const hasTls = await access(tlsFolder).then(
      () => true,
      () => false,
    );
    return endpoint(Host, `context '${context}'`, hasTls ? tlsFolder : undefined);
  } catch (cause) {
    if (cause instanceof Failure) throw cause;
    throw new Failure('prerequisite', `the docker context '${context}' cannot be read from ${file}`, {
      cause,
      hint: '`docker context ls` shows what there is; `docker context use default` goes back to the default.',
    });
  }
}

function endpoint(url: string, source: string, tlsFolder: string | undefined): EngineEndpoint {
  if (url.startsWith('unix://')) {
    const socketPath = url.slice('unix://'.length);
    if (Buffer.byteLength(socketPath) > LONGEST_SOCKET_BYTES)
      throw new Failure(
        'prerequisite',
        `${source} names the container engine at ${url}: a socket's path has at most ${LONGEST_SOCKET_BYTES} bytes`,
        { hint: `A link to it is enough: ln -s ${quoteArgument(socketPath)} /tmp/docker.sock` },
      );
    if (!isAbsolute(socketPath))
      throw new Failure(
        'prerequisite',
        `${source} names the container engine at ${url}: its path has to be absolute`,
        {
          hint: 'unix:///var/run/docker.sock has three slashes.',
        },
      );
    return { url, socketPath, tlsFolder: undefined, source };
  }
  if (/^tcp:\/\/./.test(url)) return { url, socketPath: undefined, tlsFolder, source };
  throw new Failure(
    'prerequisite',
    `${source} names the container engine at ${url}: only unix:// and tcp:// are used`,
    {
      hint: 'Slipway needs the engine on this machine: it maps ports of the cluster to 127.0.0.1.',
    },
  );
}

async function currentContext(configFolder: string): Promise<string | undefined> {
  const text = await readFile(join(configFolder, 'config.json'), 'utf8').catch(() => '{}');
  try {
    const { currentContext } = JSON.parse(text) as { currentContext?: unknown };
    return typeof currentContext === 'string' ? currentContext : undefined;
  } catch {
    // A broken file of another program: the docker CLI warns and goes on, and so do we.
    return undefined;
  }
}
