// What can go wrong before anything of Slipway can be imported.

export class BootstrapError extends Error {
  constructor(message, { hint, details = [], exitCode = 1 } = {}) {
    super(message);
    this.name = 'BootstrapError';
    this.hint = hint;
    this.details = details;
    this.exitCode = exitCode;
  }
}
