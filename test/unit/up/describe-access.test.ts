import { describe, expect, test } from 'vitest';
import { describeAccess, fillPorts } from '../../../src/up/describe-access.ts';
import type { EnvironmentRun } from '../../../src/up/environment-run.ts';
import { smallEnvironment } from '../../support/small-environment.ts';

const ports = [
  { name: 'http', containerPort: 80, hostPort: 8081, listenAddress: '127.0.0.1' },
  { name: 'https', containerPort: 443, hostPort: 8443, listenAddress: '127.0.0.1' },
];

test('URLs get the ports that were chosen', () => {
  const patterns = { app: 'http://todo.localhost:{http}/', api: 'https://todo.localhost:{https}/api' };
  expect(fillPorts(patterns, ports)).toEqual([
    { name: 'app', url: 'http://todo.localhost:8081/' },
    { name: 'api', url: 'https://todo.localhost:8443/api' },
  ]);
});

test('without ports there is no URL to show', () => {
  expect(fillPorts({ app: 'http://todo.localhost:{http}/' }, [])).toEqual([]);
});

describe('describeAccess', () => {
  const urls = { app: 'http://x:{http}' };
  const kubectl = 'kubectl --kubeconfig /state/kubeconfig --namespace small get pods';

  function accessWith(hosts: string[], secrets = {}): ReturnType<typeof describeAccess> {
    const environment = smallEnvironment({ urls, hosts, secrets });
    const run: Pick<EnvironmentRun, 'environment' | 'ports' | 'kubeconfigFile'> = {
      ...{ environment, ports, kubeconfigFile: '/state/kubeconfig' },
    };
    return describeAccess(run as EnvironmentRun, '/state/authority/ca.crt');
  }

  test('gives the URLs and a kubectl command for the own kubeconfig', () => {
    expect(accessWith([])).toEqual({ urls: [{ name: 'app', url: 'http://x:8081' }], summary: [kubectl] });
  });

  test('names the hosts that the hosts file needs', () => {
    expect(accessWith(['a.test', 'b.test']).summary).toEqual([
      kubectl,
      'needs in your hosts file: 127.0.0.1 a.test b.test',
    ]);
  });

  test('says where the certificate of the authority is when hosts have theirs from it', () => {
    expect(accessWith([], { ca: { authority: 'local' } }).summary).toEqual([
      kubectl,
      'certificates come from /state/authority/ca.crt: slipway trust shows how to trust it',
    ]);
  });
});
