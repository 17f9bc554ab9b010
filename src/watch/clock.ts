// Port: time, for what waits and for what is tested without waiting.

export interface Clock {
  /** Milliseconds, monotonic. */
  nowMs(): number;
  /** Calls once, after so many milliseconds; the result calls it off. */
  after(delayMs: number, call: () => void): () => void;
}

/** The process's own. */
export const systemClock: Clock = {
  nowMs: () => performance.now(),
  after(delayMs, call) {
    const timer = setTimeout(call, Math.max(0, delayMs));
    return () => clearTimeout(timer);
  },
};
