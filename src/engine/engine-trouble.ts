// What to tell about a container engine that cannot be used, and what the user can do about it.

import { Failure } from '../failure.ts';
import { type Host, installCommand, isDebianFamily } from '../packages/debian-packages.ts';
import type { EngineEndpoint } from './engine-endpoint.ts';
import type { EngineTrouble } from './engine-ping.ts';

/** Debian's packages that an engine takes. */
export const enginePackages: readonly string[] = ['docker.io', 'iptables'];

/** What of the machine decides how an engine is started by hand. */
export interface EngineSurroundings {
  readonly host: Host & { readonly system: string; readonly initProgram: string };
  /** dockerd is on PATH. */
  readonly isInstalled: boolean;
  readonly endpoint: EngineEndpoint;
}

/** Failure 'prerequisite' where starting the engine would change nothing, else 'engine'. */
export function engineTroubleFailure(trouble: EngineTrouble, surroundings: EngineSurroundings): Failure {
  const mayHelpToStart = trouble.status === 'absent' || trouble.status === 'refused';
  return new Failure(
    mayHelpToStart ? 'engine' : 'prerequisite',
    describeTrouble(trouble, surroundings.endpoint),
    {
      hint: troubleRemedy(trouble, surroundings),
    },
  );
}

/** 'no container engine answers at unix:///run/x.sock (DOCKER_HOST): connect ENOENT …' */
export function describeTrouble({ status, reason }: EngineTrouble, { url, source }: EngineEndpoint): string {
  const where = `the container engine at ${url}${source === 'default' ? '' : ` (${source})`}`;
  const texts: Readonly<Record<EngineTrouble['status'], string>> = {
    absent: `no container engine answers at ${url} (${source})`,
    refused: `nothing listens at the address of ${where}`,
    denied: `this user may not use ${where}`,
    silent: `${where} does not answer`,
    unresolved: `the host name of ${where} is not known here`,
    untrusted: `no trusted connection to ${where}`,
    outdated: `${where} is too old`,
    odd: `${where} cannot be used`,
  };
  return `${texts[status]}: ${reason}`;
}

/** A sentence or a command. */
export function troubleRemedy({ status }: EngineTrouble, surroundings: EngineSurroundings): string {
  const { host, isInstalled, endpoint } = surroundings;
  switch (status) {
    case 'absent':
    case 'refused':
      return endpoint.source === 'default'
        ? engineRemedy(host, isInstalled)
        : 'Start that engine, or unset DOCKER_HOST and run `docker context use default`.';
    case 'denied':
      return endpoint.socketPath === undefined
        ? 'Whatever guards that address has to grant the Engine API to you.'
        : 'sudo usermod -aG docker "$USER", then log in again. Or use a rootless engine, by DOCKER_HOST or a docker context.';
    case 'silent':
      return 'It may hang or be overloaded: `docker ps` would tell. Restart it, and run again.';
    case 'unresolved':
      return 'Look at DOCKER_HOST and `docker context ls`.';
    case 'untrusted':
      return 'Set DOCKER_TLS_VERIFY=1, and DOCKER_CERT_PATH to the folder of its ca.pem, cert.pem and key.pem.';
    case 'outdated':
      return 'Install Docker 20.10 or newer.';
    case 'odd':
      return 'Look at DOCKER_HOST and `docker context ls`: does `docker version` show a server?';
  }
}

/** What the user can do about an engine that does not run. */
export function engineRemedy(host: EngineSurroundings['host'], isInstalled: boolean): string {
  if (host.system === 'darwin') return 'Start Docker Desktop, OrbStack or colima.';
  if (host.system !== 'linux') return 'Start Docker Desktop, and run Slipway inside WSL 2.';
  const sudo = host.isRoot ? '' : 'sudo ';
  if (isInstalled)
    return host.initProgram === 'systemd' ? `${sudo}systemctl start docker` : `${sudo}service docker start`;
  if (isDebianFamily(host.osRelease)) return installCommand(enginePackages, host.isRoot);
  return "Install Docker from your distribution's packages and start it.";
}
