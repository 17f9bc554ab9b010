// Pure: may Slipway install packages on this machine? Decided in one place for everything that it installs.

export interface InstallRequest {
  /** What for, to put into a question: 'a container engine (docker.io)'. */
  readonly what: string;
  /** The exact command that would be run. */
  readonly command: string;
}

/** True: go on. False: the user does not want it. */
export type InstallConsent = (request: InstallRequest) => Promise<boolean>;

export interface ConsentSurroundings {
  /** SLIPWAY_INSTALL: 'never' refuses everything. */
  readonly policy: string | undefined;
  /** --yes was given. */
  readonly assumeYes: boolean;
  readonly isCi: boolean;
  /** Asks the person at the terminal; absent when there is none, and then nobody can be asked. */
  readonly ask: ((question: string) => Promise<boolean>) | undefined;
}

/** SLIPWAY_INSTALL=never is stronger than --yes; without a terminal and without a no, the answer is yes. */
export function installConsent(surroundings: ConsentSurroundings): InstallConsent {
  return async ({ what, command }) => {
    if (surroundings.policy === 'never') return false;
    if (surroundings.assumeYes || surroundings.isCi || surroundings.ask === undefined) return true;
    return surroundings.ask(`Slipway needs ${what}. Install it with \`${command}\`?`);
  };
}
