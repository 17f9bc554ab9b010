// Stands between the product and its fakes: counts the calls of each scope (a step of a plan), and breaks one of them.

import { AsyncLocalStorage } from 'node:async_hooks';
import { Failure } from '../../src/failure.ts';

export interface Fault {
  /** Id of a step, or the name of another part of a run. */
  readonly scope: string;
  /** Which call of the scope, from 0. */
  readonly call: number;
  /** 'after': it has had its effect. */
  readonly when: 'before' | 'after';
  /**
   * 'failure': the call rejects. 'interrupt': as Ctrl-C. 'kill': this call and all later ones are the end.
   * 'power-cut': as a kill, and what was being written is torn.
   */
  readonly how: 'failure' | 'interrupt' | 'kill' | 'power-cut';
}

/** One call that was made: the place of a possible fault. */
export interface GateCall {
  readonly scope: string;
  /** Which call of the scope, from 0. */
  readonly index: number;
  /** 'images.build'. */
  readonly name: string;
}

export interface GateOptions {
  readonly fault?: Fault | undefined;
  /** Aborts the run. */
  readonly interrupt: () => void;
  /** What a call that is killed after its effect leaves behind. */
  readonly afterKill?: (name: string, args: readonly unknown[], how: Fault['how']) => void;
}

/** One for each run: a killed one lets nothing through any more. */
export class FaultGate {
  readonly calls: GateCall[] = [];
  readonly #options: GateOptions;
  readonly #scope = new AsyncLocalStorage<string>();
  #isDead = false;
  #hasFired = false;

  constructor(options: GateOptions) {
    this.#options = options;
  }

  /** Whether the fault has come: a test that never meets its fault proves nothing. */
  get hasFired(): boolean {
    return this.#hasFired;
  }

  /** What the work calls is counted under this name. */
  within<T>(scope: string, work: () => Promise<T>): Promise<T> {
    return this.#scope.run(scope, work);
  }

  /** The same port, with every call of it, or of the methods that are named, going through the gate. */
  guard<T extends object>(name: string, port: T, methods?: readonly (keyof T)[]): T {
    return new Proxy(port, {
      get: (target, key) => {
        const member: unknown = Reflect.get(target, key);
        if (typeof member !== 'function') return member;
        if (methods && !methods.includes(key as keyof T)) return member.bind(target) as unknown;
        return (...args: unknown[]): Promise<unknown> =>
          this.#pass(`${name}.${String(key)}`, args, async () => Reflect.apply(member, target, args));
      },
    });
  }

  async #pass(name: string, args: readonly unknown[], work: () => Promise<unknown>): Promise<unknown> {
    if (this.#isDead) throw new Error('the process of this run is dead');
    const scope = this.#scope.getStore() ?? 'outside';
    const index = this.calls.filter((call) => call.scope === scope).length;
    this.calls.push({ scope, index, name });
    const { fault } = this.#options;
    const isHere = fault?.scope === scope && fault.call === index;
    if (isHere && fault.when === 'before') this.#fire(fault, name);
    const result = await work();
    if (isHere && fault.when === 'after') {
      if (isDeadly(fault)) this.#options.afterKill?.(name, args, fault.how);
      this.#fire(fault, name);
    }
    return result;
  }

  #fire(fault: Fault, name: string): void {
    this.#hasFired = true;
    if (fault.how === 'interrupt') return this.#options.interrupt();
    if (isDeadly(fault)) this.#isDead = true;
    throw new Failure('command', `broken on purpose ${fault.when} ${name}`);
  }
}

function isDeadly({ how }: Fault): boolean {
  return how === 'kill' || how === 'power-cut';
}
