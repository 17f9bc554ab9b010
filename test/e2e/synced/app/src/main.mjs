// Tells what stands in the files of its image, or of a sync.

import { readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { answer } from './answer.mjs';

const version = (await readFile('version.txt', 'utf8')).trim();
const codeOf = (error) => error.code;
const routes = {
  '/': async () => answer,
  '/health': async () => 'ok',
  '/ready': async () => 'ok',
  '/version': async () => version,
  '/process': async () => `${process.pid}`,
  '/page': async () => (await readFile('public/page.txt', 'utf8')).trim(),
  '/write': async () => [
    await writeFile('/app/x', '').catch(codeOf),
    await writeFile('/etc/x', '').catch(codeOf),
  ],
  '/crash': async () => process.exit(3),
};
const server = createServer(async (request, response) => {
  response.setHeader('Connection', 'close');
  const route = routes[request.url];
  response.statusCode = route ? 200 : 404;
  response.end(JSON.stringify((await route?.()) ?? 'none'));
});
server.listen(Number(process.env['PORT']));
process.on('SIGTERM', () => {
  server.close(() => process.exit(0));
});
