// Pure: whose log lines are wanted.

import { Failure } from '../failure.ts';

export interface LogSource {
  /** Name of the release. */
  readonly service: string;
  readonly container: string;
}

export type LogFilter = (source: LogSource) => boolean;

/**
 * 'all', 'none', or services with commas between them: 'backend,frontend/daprd'. Containers in `beside` (sidecars)
 * speak only when they are named. Throws Failure 'usage' for a service that is not known.
 */
export function parseLogFilter(
  text: string,
  { services, beside }: { readonly services: readonly string[]; readonly beside: readonly string[] },
): LogFilter {
  if (text === 'none') return () => false;
  if (text === 'all')
    return ({ service, container }) => services.includes(service) && !beside.includes(container);
  const wanted = text.split(',').map((part) => {
    const [service = '', container] = part.trim().split('/');
    if (!services.includes(service))
      throw new Failure('usage', `logs: there is no service '${service}'`, {
        hint: `There is: ${services.join(', ')}.`,
      });
    return { service, container };
  });
  return (source) =>
    wanted.some(
      ({ service, container }) =>
        service === source.service &&
        (container === undefined ? !beside.includes(source.container) : container === source.container),
    );
}

const UNITS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400 };

/** '30s', '5m', '2h', '1d' or plain seconds, in milliseconds. Throws Failure 'usage' for anything else. */
export function parseSince(text: string): number {
  const [, count, unit = 's'] = /^(\d+)([smhd])?$/.exec(text) ?? [];
  if (count === undefined)
    throw new Failure('usage', `--since takes a time like 30s, 5m or 2h, not '${text}'`);
  return Number(count) * UNITS[unit]! * 1000;
}
