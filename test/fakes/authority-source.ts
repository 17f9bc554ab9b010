// An AuthoritySource in memory. Its certificates are texts that no reader of X.509 takes for one.

import type { AuthoritySource, LocalAuthority } from '../../src/certificates/local-authority.ts';

export class FakeAuthoritySource implements AuthoritySource {
  #made: LocalAuthority | undefined;
  #count = 0;

  async find(): Promise<LocalAuthority | undefined> {
    return this.#made;
  }

  async ensure(): Promise<LocalAuthority> {
    this.#made ??= {
      certificateFile: '/authority/ca.crt',
      certificatePem: `certificate ${++this.#count}\n`,
      keyPem: `key of certificate ${this.#count}\n`,
    };
    return this.#made;
  }

  /** As if somebody had deleted the folder. */
  lose(): void {
    this.#made = undefined;
  }
}
