// Pure: what people can do to have programs trust the authority that look into no store, or only for once.

export interface Advice {
  readonly for: string;
  readonly how: string;
}

/** Commands and settings, with the absolute path of the certificate in them. */
export function trustAdvice(certificateFile: string): Advice[] {
  return [
    { for: 'curl', how: `curl --cacert ${certificateFile} https://<host>:<port>/` },
    { for: 'Node', how: `export NODE_EXTRA_CA_CERTS=${certificateFile}` },
    { for: 'Python (requests)', how: `export REQUESTS_CA_BUNDLE=${certificateFile}` },
    { for: 'Firefox', how: 'Settings, Privacy & Security, View Certificates, Authorities, Import' },
    {
      for: 'Chromium, Chrome on Linux',
      how: 'chrome://certificate-manager, Custom, Installed by you, Trusted Certificates, Import',
    },
  ];
}
