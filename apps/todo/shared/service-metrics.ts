// Figures of one service in the text format of Prometheus.

import { Counter, Histogram, Registry, collectDefaultMetrics } from 'prom-client';

export interface AnsweredRequest {
  readonly method: string;
  /** The pattern of the route, never the path: paths with ids would make a series each. */
  readonly route: string;
  readonly status: number;
  readonly durationSeconds: number;
}

/** Requests by method, route and status, their durations, and the figures of the process itself. */
export class ServiceMetrics {
  readonly registry = new Registry();
  readonly #requests: Counter<'method' | 'route' | 'status'>;
  readonly #durations: Histogram<'method' | 'route'>;

  constructor(service: string) {
    this.registry.setDefaultLabels({ service });
    collectDefaultMetrics({ register: this.registry });
    this.#requests = new Counter({
      name: 'http_requests_total',
      help: 'Requests answered.',
      labelNames: ['method', 'route', 'status'],
      registers: [this.registry],
    });
    this.#durations = new Histogram({
      name: 'http_request_duration_seconds',
      help: 'Time from the request to the end of its answer.',
      labelNames: ['method', 'route'],
      buckets: [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5],
      registers: [this.registry],
    });
  }

  count(request: AnsweredRequest): void {
    const { method, route, status, durationSeconds } = request;
    this.#requests.inc({ method, route, status: String(status) });
    this.#durations.observe({ method, route }, durationSeconds);
  }
}
