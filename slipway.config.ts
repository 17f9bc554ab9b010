// The bundled environments: data only. scripts/environment/schema.ts says what each field means.

import type { ConfigInput } from './scripts/environment/schema.ts';

const nodeBases = { BASE: 'node', BUILD_BASE: 'node-build' } as const;

export default {
  default: 'todo',
  environments: {
    // A todo list after the seeds: page, REST API, MCP server, PostgreSQL.
    todo: {
      namespace: 'todo',
      hosts: ['todo.local'],
      urls: {
        page: 'http://todo.local:{http}/',
        API: 'http://todo.local:{http}/api/todos',
        MCP: 'http://todo.local:{http}/mcp/',
      },
      budget: { imageMegabytes: 250, totalMegabytes: 500 },
      images: {
        postgres: {
          dockerfile: 'dockerfiles/todo-postgres.Dockerfile',
          context: 'apps/todo',
          bases: { BASE: 'debian', BUILD_BASE: 'postgres' },
        },
        backend: {
          dockerfile: 'dockerfiles/todo-backend.Dockerfile',
          context: 'apps/todo',
          bases: nodeBases,
        },
        mcp: { dockerfile: 'dockerfiles/todo-mcp.Dockerfile', context: 'apps/todo', bases: nodeBases },
        frontend: {
          dockerfile: 'dockerfiles/todo-frontend.Dockerfile',
          context: 'apps/todo',
          bases: nodeBases,
        },
      },
      addons: { 'ingress-nginx': {} },
      secrets: {
        'todo-secrets': {
          keys: {
            'database-password': { generate: { bytes: 24 } },
            'database-url': { template: 'postgresql://todo:{{database-password}}@postgres:5432/todo' },
          },
        },
      },
      releases: {
        postgres: {
          chart: 'charts/postgres',
          images: { 'image.reference': 'postgres' },
          secrets: ['todo-secrets'],
        },
        backend: {
          chart: 'charts/service',
          images: { 'image.reference': 'backend' },
          secrets: ['todo-secrets'],
          needs: ['postgres'],
          values: {
            port: 8000,
            secretEnv: { DATABASE_URL: { secret: 'todo-secrets', key: 'database-url' } },
          },
        },
        mcp: {
          chart: 'charts/service',
          images: { 'image.reference': 'mcp' },
          needs: ['backend'],
          values: { port: 8001, env: { BACKEND_URL: 'http://backend-svc:8000' } },
        },
        frontend: {
          chart: 'charts/service',
          images: { 'image.reference': 'frontend' },
          needs: ['backend'],
          values: { port: 3000 },
        },
        'todo-ingress': {
          chart: 'charts/ingress',
          needs: ['addon:ingress-nginx', 'frontend', 'backend', 'mcp'],
          values: {
            host: 'todo.local',
            paths: [
              { path: '/', service: 'frontend-svc', port: 3000 },
              { path: '/api/', service: 'backend-svc', port: 8000 },
              { path: '/mcp/', service: 'mcp-svc', port: 8001 },
            ],
          },
        },
      },
    },
  },
} satisfies ConfigInput;
