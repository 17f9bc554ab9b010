// The Model Context Protocol over streamable HTTP, without sessions, answers as plain JSON.

import {
  WebStandardStreamableHTTPServerTransport,
  createMcpHandler,
  isLegacyRequest,
} from '@modelcontextprotocol/server';
import type { McpServer } from '@modelcontextprotocol/server';
import type { Call, Reply } from '../../shared/http-service.ts';
import { readJsonBody } from '../../shared/request-body.ts';

const bodyLimitBytes = 256 * 1024;

/**
 * A handler for POST. Clients of the 2025 revisions (initialize first) and of the current one are both served,
 * each request by a server of its own: any replica can answer, and a restart loses nothing.
 */
export function createMcpEndpoint(
  createServer: () => McpServer,
  onError: (error: Error) => void,
): (call: Call) => Promise<Reply> {
  const current = createMcpHandler(createServer, {
    legacy: 'reject',
    onerror: onError,
  });
  return async ({ request, url }) => {
    const parsedBody = await readJsonBody(request, bodyLimitBytes);
    const headers = new Headers();
    for (const [name, value] of Object.entries(request.headers)) {
      if (value !== undefined) headers.set(name, Array.isArray(value) ? value.join(', ') : value);
    }
    const toRequest = () => new Request(url, { method: 'POST', headers, body: JSON.stringify(parsedBody) });
    const response = (await isLegacyRequest(toRequest(), parsedBody))
      ? await answerLegacy(createServer(), toRequest(), parsedBody)
      : await current.fetch(toRequest(), { parsedBody });
    return toReply(response);
  };
}

async function answerLegacy(server: McpServer, request: Request, parsedBody: unknown): Promise<Response> {
  const transport = new WebStandardStreamableHTTPServerTransport({ enableJsonResponse: true });
  await server.connect(transport);
  try {
    const response = await transport.handleRequest(request, { parsedBody });
    // The answer is complete only when its body is read: close after that.
    return new Response(await response.arrayBuffer().then(nullIfEmpty), response);
  } finally {
    await server.close();
  }
}

async function toReply(response: Response): Promise<Reply> {
  const headers = Object.fromEntries(response.headers);
  delete headers['content-length'];
  const body = Buffer.from(await response.arrayBuffer());
  return { status: response.status, headers, ...(body.length > 0 ? { body } : {}) };
}

/** Response refuses a body, even an empty one, for a status that has none. */
function nullIfEmpty(body: ArrayBuffer): ArrayBuffer | null {
  return body.byteLength === 0 ? null : body;
}
