import { describe, expect, test } from 'vitest';
import { matchPath, matchRoute } from '../../../../../apps/todo/shared/route.ts';

describe('matchPath', () => {
  test('gives the parameters of a path that fits, decoded', () => {
    expect(matchPath('/api/todos/:id', '/api/todos/7')).toEqual({ id: '7' });
    expect(matchPath('/api/todos/:id', '/api/todos/a%20b')).toEqual({ id: 'a b' });
  });

  test('takes no notice of a trailing slash', () => {
    expect(matchPath('/mcp', '/mcp/')).toEqual({});
    expect(matchPath('/', '/')).toEqual({});
  });

  test('refuses paths that are shorter, longer or different', () => {
    expect(matchPath('/api/todos/:id', '/api/todos')).toBeUndefined();
    expect(matchPath('/api/todos', '/api/todos/7')).toBeUndefined();
    expect(matchPath('/api/todos', '/api/other')).toBeUndefined();
    expect(matchPath('/', '/style.css')).toBeUndefined();
  });

  test('takes any rest for a star at the end', () => {
    expect(matchPath('/api/*', '/api/todos/7')).toEqual({});
    expect(matchPath('/api/*', '/apis')).toBeUndefined();
  });

  test('refuses a segment that is not valid URL coding', () => {
    expect(matchPath('/api/todos/:id', '/api/todos/%zz')).toBeUndefined();
  });
});

describe('matchRoute', () => {
  const routes = [
    { method: 'GET', path: '/api/todos' },
    { method: 'POST', path: '/api/todos' },
    { method: '*', path: '/any/*' },
  ];

  test('finds the route of method and path', () => {
    expect(matchRoute(routes, 'POST', '/api/todos')).toEqual({
      kind: 'found',
      route: routes[1],
      parameters: {},
    });
  });

  test('answers HEAD by the route for GET', () => {
    expect(matchRoute(routes, 'HEAD', '/api/todos')).toMatchObject({ kind: 'found', route: routes[0] });
  });

  test('lets a route for every method take every method', () => {
    expect(matchRoute(routes, 'DELETE', '/any/thing')).toMatchObject({ kind: 'found', route: routes[2] });
  });

  test('names the methods that are possible when the method is wrong', () => {
    expect(matchRoute(routes, 'DELETE', '/api/todos')).toEqual({
      kind: 'wrong-method',
      allow: ['GET', 'HEAD', 'POST'],
    });
  });

  test('knows no path that no route has', () => {
    expect(matchRoute(routes, 'GET', '/api/other')).toEqual({ kind: 'unknown' });
  });
});
