// Answers with what stood in answer.txt when the image was built.

import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';

const answer = readFileSync(new URL('answer.txt', import.meta.url), 'utf8').trim();
if (answer === 'crash') throw new Error('told to crash');
const server = createServer((request, response) => {
  response.setHeader('Connection', 'close');
  response.end(request.url === '/ready' ? 'ok' : `${process.env['GREETING']} ${answer}`);
});
server.listen(8080, () => process.stdout.write(`answers ${answer}\n`));
// Requests go on coming until every proxy knows that this pod is on its way out.
process.on('SIGTERM', () => setTimeout(() => server.close(() => process.exit(0)), 9000));
