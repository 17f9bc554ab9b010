// What is needed to talk to one API server; where it comes from is the business of the two connection files.
import type { RequestOptions } from 'node:https';

export interface ApiConnection {
  /** Base address; may hold a path prefix. */
  readonly server: URL;
  /**
   * TLS material, agent and headers. Asked before every request, because tokens of login plugins expire.
   * A stream stays open for as long as somebody follows it, and must not keep requests from being sent.
   * Rejects with Failure 'cluster' when no credentials can be had.
   */
  authorize(use?: 'request' | 'stream'): Promise<RequestOptions>;
}
