// Set-up file of the workers of integration and e2e tests. Ctrl+C reaches every process of the terminal: a worker
// that died of it could not remove what its tests have made. The runner cancels the run instead: `signal` in the
// context of a test is aborted, and the hooks that clean up run.

process.on('SIGINT', () => undefined);
