// Port: the certificate authority of this user on this machine, which vouches for the hosts of local environments.

/** The authority with its key: what signs. Never leaves this machine but into clusters of the user. */
export interface LocalAuthority {
  /** Absolute path of the certificate, for `curl --cacert` and trust stores. */
  readonly certificateFile: string;
  readonly certificatePem: string;
  /** PKCS #8. A secret. */
  readonly keyPem: string;
}

export interface AuthoritySource {
  /** Undefined when there is none yet. Rejects with Failure 'state' when there is one that must not be used. */
  find(signal: AbortSignal): Promise<LocalAuthority | undefined>;
  /** Makes it where there is none. Rejects like `find`. */
  ensure(signal: AbortSignal): Promise<LocalAuthority>;
}
