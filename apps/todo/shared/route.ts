// Pure: which route a method and a path mean.

/** Path parameters by name, decoded. */
export type RouteParameters = Readonly<Record<string, string>>;

export interface RoutePattern {
  readonly method: string;
  /** '/api/todos/:id': a segment that opens with a colon is a parameter; '*' as the last segment takes the rest. */
  readonly path: string;
}

export type RouteMatch<Route extends RoutePattern> =
  | { readonly kind: 'found'; readonly route: Route; readonly parameters: RouteParameters }
  /** The path exists, the method does not: `allow` lists those that do. */
  | { readonly kind: 'wrong-method'; readonly allow: readonly string[] }
  | { readonly kind: 'unknown' };

/** Finds the first route that fits. HEAD is answered by the route for GET; a trailing slash makes no difference. */
export function matchRoute<Route extends RoutePattern>(
  routes: readonly Route[],
  method: string,
  path: string,
): RouteMatch<Route> {
  const allow = new Set<string>();
  for (const route of routes) {
    const parameters = matchPath(route.path, path);
    if (parameters === undefined) continue;
    if (route.method === '*' || route.method === method || (method === 'HEAD' && route.method === 'GET')) {
      return { kind: 'found', route, parameters };
    }
    allow.add(route.method);
    if (route.method === 'GET') allow.add('HEAD');
  }
  return allow.size > 0 ? { kind: 'wrong-method', allow: [...allow].sort() } : { kind: 'unknown' };
}

/** The parameters if the path fits the pattern, otherwise undefined. A segment that is not valid URL coding fits nothing. */
export function matchPath(pattern: string, path: string): RouteParameters | undefined {
  const wanted = segments(pattern);
  const given = segments(path);
  const parameters: Record<string, string> = {};
  for (const [index, segment] of wanted.entries()) {
    if (segment === '*' && index === wanted.length - 1) return parameters;
    const value = given[index];
    if (value === undefined) return undefined;
    if (segment.startsWith(':')) {
      const decoded = decodeSegment(value);
      if (decoded === undefined) return undefined;
      parameters[segment.slice(1)] = decoded;
    } else if (segment !== value) {
      return undefined;
    }
  }
  return given.length === wanted.length ? parameters : undefined;
}

function segments(path: string): string[] {
  return path.split('/').filter((segment) => segment !== '');
}

function decodeSegment(segment: string): string | undefined {
  try {
    return decodeURIComponent(segment);
  } catch {
    return undefined;
  }
}
