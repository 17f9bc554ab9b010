// Pure: what people can do to have programs trust the authority that look into no store, or only for once.

import { shownArgument } from '../process/quote-command.ts';

export interface Advice {
  readonly for: string;
  readonly how: string;
}

/** Commands and settings, with the absolute path of the certificate in them. */
export function trustAdvice(certificateFile: string): Advice[] {
  const file = shownArgument(certificateFile);
  return [
    { for: 'curl', how: `curl --cacert ${file} https://<host>:<port>/` },
    { for: 'Node', how: `export NODE_EXTRA_CA_CERTS=${file}` },
    { for: 'Python (requests)', how: `export REQUESTS_CA_BUNDLE=${file}` },
    { for: 'Firefox', how: 'Settings, Privacy & Security, View Certificates, Authorities, Import' },
    {
      for: 'Chromium, Chrome on Linux',
      how: 'chrome://certificate-manager, Custom, Installed by you, Trusted Certificates, Import',
    },
  ];
}
