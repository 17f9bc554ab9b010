// What a file may hold and touch.

import { Visitor, type ESTree } from 'rolldown/utils';
import { isRunner, isProduct, perSource } from './rule.ts';

const EDGE_PROPERTIES = new Set([
  'exit',
  'exitCode',
  'argv',
  'env',
  'stdin',
  'stdout',
  'stderr',
  'abort',
  'chdir',
]);
const COLLECTIONS = new Set(['Map', 'Set', 'WeakMap', 'WeakSet', 'Array', 'EventEmitter', 'AbortController']);
const MUTATORS = new Set([
  ...['push', 'pop', 'shift', 'unshift', 'splice', 'sort', 'reverse', 'fill', 'copyWithin'],
  ...['set', 'add', 'delete', 'clear'],
]);

/** The edge of the program: runners, the command folder, and the plain JavaScript that comes before it. */
const isEdge = (path: string): boolean =>
  isRunner(path) || path.startsWith('src/cli/') || path.startsWith('scripts/bootstrap');

/** main.ts is where a service is put together and what runs in a page is a program of its own. */
const isService = (path: string): boolean => path.startsWith('apps/') && !/\/(public\/|main\.ts$)/.test(path);

export const onlyTheEdgeTouchesTheProcess = perSource(
  'only runners and src/cli/ touch process.exit, argv, env and the standard streams',
  (path) => isProduct(path) && !isEdge(path) && !path.endsWith('.mjs'),
  (source, report) => {
    for (const found of source.imports) {
      if (found.target === 'node:process') report(found.line, 'imports node:process');
    }
    new Visitor({
      MemberExpression: (node) => {
        const name = propertyName(node);
        if (
          node.object.type === 'Identifier' &&
          node.object.name === 'process' &&
          EDGE_PROPERTIES.has(name)
        ) {
          report(source.lineOf(node.start), `touches process.${name}`);
        }
        if (node.object.type === 'Identifier' && node.object.name === 'console') {
          report(source.lineOf(node.start), `touches console.${name}`);
        }
      },
    }).visit(source.program);
  },
);

export const noModuleState = perSource(
  'no module holds state that changes: no let, no empty collection, no constant that is written to, no static field',
  (path) => isProduct(path) || isService(path),
  (source, report) => {
    const constants = new Map<string, ESTree.Node>();
    for (const statement of source.program.body) {
      const node = statement.type === 'ExportNamedDeclaration' ? statement.declaration : statement;
      if (node?.type !== 'VariableDeclaration' || node.declare) continue;
      if (node.kind === 'let' || node.kind === 'var') {
        report(source.lineOf(node.start), `module-level ${node.kind}`);
        continue;
      }
      for (const { id, init } of node.declarations) {
        if (id.type !== 'Identifier' || !init) continue;
        constants.set(id.name, init);
        if (isEmptyCollection(init))
          report(source.lineOf(id.start), `${id.name} is empty: it can only be there to be filled`);
      }
    }
    const written = (target: ESTree.Node, how: string): void => {
      const root = rootName(target);
      // What `new` or a call gave (a server, a stream) is an object with a life of its own, not a table of ours.
      const init = root === undefined ? undefined : constants.get(root);
      if (init && isLiteralOrCollection(init)) report(source.lineOf(target.start), `${root} is ${how}`);
    };
    new Visitor({
      AssignmentExpression: ({ left }) => {
        if (left.type === 'MemberExpression') written(left, 'written to');
      },
      UpdateExpression: ({ argument }) => {
        if (argument.type === 'MemberExpression') written(argument, 'written to');
      },
      UnaryExpression: ({ operator, argument }) => {
        if (operator === 'delete') written(argument, 'written to');
      },
      CallExpression: ({ callee }) => {
        if (callee.type !== 'MemberExpression' || !MUTATORS.has(propertyName(callee))) return;
        written(callee.object, `changed by ${propertyName(callee)}()`);
      },
      PropertyDefinition: (node) => {
        if (node.static && !node.readonly)
          report(source.lineOf(node.start), 'a static field that is not readonly');
      },
    }).visit(source.program);
  },
);

function propertyName(node: ESTree.MemberExpression): string {
  if (!node.computed && node.property.type !== 'PrivateIdentifier') return node.property.name;
  return node.property.type === 'Literal' ? String(node.property.value) : '';
}

function rootName(node: ESTree.Node): string | undefined {
  if (node.type === 'Identifier') return node.name;
  return node.type === 'MemberExpression' ? rootName(node.object) : undefined;
}

function isEmptyCollection(node: ESTree.Node): boolean {
  if (node.type === 'TSAsExpression') return isEmptyCollection(node.expression);
  if (node.type === 'ArrayExpression') return node.elements.length === 0;
  if (node.type === 'ObjectExpression') return node.properties.length === 0;
  return isCollection(node) && node.arguments.length === 0;
}

function isLiteralOrCollection(node: ESTree.Node): boolean {
  if (node.type === 'TSAsExpression' || node.type === 'TSSatisfiesExpression') {
    return isLiteralOrCollection(node.expression);
  }
  return node.type === 'ArrayExpression' || node.type === 'ObjectExpression' || isCollection(node);
}

function isCollection(node: ESTree.Node): node is ESTree.NewExpression {
  return (
    node.type === 'NewExpression' && node.callee.type === 'Identifier' && COLLECTIONS.has(node.callee.name)
  );
}
