// Preloaded into a run: its clock jumps by hours, back and forth, as that of a machine that slept or was set.

const HOUR_MS = 3_600_000;
const EVERY_MS = 700;
const RealDate = Date;

function jumpMs(): number {
  return ((Math.floor(performance.now() / EVERY_MS) % 3) - 1) * 6 * HOUR_MS;
}

globalThis.Date = class extends RealDate {
  static override now(): number {
    return RealDate.now() + jumpMs();
  }

  constructor(...time: [] | [number | string | Date]) {
    super(time.length === 0 ? RealDate.now() + jumpMs() : time[0]);
  }
} as DateConstructor;
