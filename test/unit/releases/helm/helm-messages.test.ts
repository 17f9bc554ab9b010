import { describe, expect, test } from 'vitest';
import {
  hintOfForeignObject,
  isForeignObject,
  readHelmError,
  readLintErrors,
  readSchemaViolations,
} from '../../../../src/releases/helm/helm-messages.ts';

describe('what helm lint says', () => {
  test('every error is told once, with its place and without advice', () => {
    const stdout = [
      '==> Linting /charts/service',
      '[INFO] Chart.yaml: icon is recommended',
      "[ERROR] values.yaml: - at '/port': got string, want integer",
      "- at '': additional properties 'nope' not allowed",
      '',
      "[ERROR] templates/: values don't meet the specifications of the schema(s)",
      "- at '': additional properties 'nope' not allowed",
      '[ERROR] templates/: service/templates/bad.yaml:1:10',
      '  nil pointer evaluating interface {}.b',
      '[WARNING] templates/: deprecated',
      '',
    ].join('\n');
    expect(readLintErrors(stdout)).toEqual([
      'values.port: got string, want integer',
      "values: additional properties 'nope' not allowed",
      'templates/: service/templates/bad.yaml:1:10\n  nil pointer evaluating interface {}.b',
    ]);
  });

  test('a chart that is not there is told as such', () => {
    const stdout = '==> Linting /nowhere\nError unable to check Chart.yaml file in chart: no such file\n\n';
    expect(readLintErrors(stdout)).toEqual(['unable to check Chart.yaml file in chart: no such file']);
  });

  test('a chart without errors has none', () => {
    expect(readLintErrors('==> Linting x\n[INFO] Chart.yaml: icon is recommended\n\n')).toEqual([]);
  });
});

describe('violations of a schema', () => {
  test('helm 4 and helm 3 are read alike', () => {
    expect(readSchemaViolations("Error: no\nservice:\n- at '/image/tag': got number, want string\n")).toEqual(
      ['values.image.tag: got number, want string'],
    );
    expect(
      readSchemaViolations('Error: no\nservice:\n- image.tag: Invalid type\n- (root): port is required\n'),
    ).toEqual(['values.image.tag: Invalid type', 'values: port is required']);
  });
});

describe('the error that helm ends with', () => {
  test('it is found behind warnings and loses the words that say nothing', () => {
    const stderr =
      'WARNING: noise\nError: UPGRADE FAILED: cannot patch\nmore\n\nUse --debug flag to render\n';
    expect(readHelmError(stderr)).toBe('cannot patch\nmore');
    expect(readHelmError('killed')).toBeUndefined();
  });

  test('an object of somebody else is recognised', () => {
    const reason =
      'ServiceAccount "web" exists and cannot be imported into the current release: invalid ownership metadata; label';
    expect(isForeignObject(reason)).toBe(true);
    expect(isForeignObject('cannot patch "web"')).toBe(false);
  });

  test('of a left-over it is said whose it is, and what takes it away', () => {
    const reason =
      'Service "web" in namespace "shop" exists and cannot be imported into the current release: invalid ownership metadata; ' +
      'annotation validation error: key "meta.helm.sh/release-name" must equal "web2": current value is "web"';
    expect(hintOfForeignObject(reason)).toMatch(/the release web\..*`slipway up`.*--keep-orphans/);
    expect(
      hintOfForeignObject('invalid ownership metadata; missing key "meta.helm.sh/release-name"'),
    ).toMatch(/Nobody's release/);
  });
});
