import { describe, expect, test } from 'vitest';
import type { FieldPath } from '../../../src/policy/fields.ts';
import { locateField } from '../../../src/policy/locate-field.ts';

/** The text of the line that is found, so that tests need not count. */
function lineAt(
  text: string,
  path: FieldPath,
  query: { kind?: string; name?: string; body?: unknown } = {},
): string {
  const number = locateField(text, { body: {}, ...query, path });
  return text.split('\n')[number - 1]!.trim();
}

const template = `{{- if .Values.enabled }}
# spec: not this one
apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{ .Release.Name }}
  labels:
    {{- include "service.labels" . | nindent 4 }}
spec:
  replicas: {{ .Values.replicas }}
  template:
    metadata:
      {{- if .Values.config }}
      annotations:
        checksum/config: {{ toYaml . | sha256sum }}
      {{- end }}
    spec:
      serviceAccountName: {{ .Release.Name }}-sa
      {{- /*
      securityContext: a comment over
      several lines
      */}}
      securityContext:
        runAsUser: 1000
      containers:
      - name: sidecar
        image: "sidecar"
      - name: {{ .Release.Name }}
        image: {{ .Values.image | quote }}
        ports:
          - name: http
            containerPort: {{ .Values.port }}
        env:
          - name: PORT
            value: {{ .Values.port | quote }}
          {{- range $name, $value := .Values.env }}
          - name: {{ $name }}
            value: {{ $value | quote }}
          {{- else }}
          []
          {{- end }}
          {{- range $name, $source := .Values.secretEnv }}
          - name: {{ $name }}
            valueFrom: {{ toYaml $source | nindent 14 }}
          {{- end }}
        resources:
          {{- toYaml .Values.resources | nindent 10 }}
        securityContext: { privileged: {{ .Values.privileged }}, capabilities: { drop: [ALL] } }
      volumes: [{ name: tmp }]
{{- end }}
`;
const body = {
  spec: {
    template: {
      spec: {
        containers: [
          { name: 'sidecar' },
          {
            name: 'backend',
            env: [{ name: 'PORT' }, { name: 'LEVEL' }, { name: 'TOKEN' }],
            ports: [{ name: 'http' }],
          },
        ],
      },
    },
  },
};
const MAIN = ['spec', 'template', 'spec', 'containers', 1];
const inTemplate = (...path: FieldPath) =>
  lineAt(template, path, { kind: 'Deployment', name: 'backend', body });

describe('a field of a template', () => {
  test.each<[FieldPath, string]>([
    [['kind'], 'kind: Deployment'],
    [['spec', 'replicas'], 'replicas: {{ .Values.replicas }}'],
    [['spec', 'template', 'spec', 'serviceAccountName'], 'serviceAccountName: {{ .Release.Name }}-sa'],
    [['spec', 'template', 'spec', 'securityContext', 'runAsUser'], 'runAsUser: 1000'],
    [['spec', 'template', 'spec', 'containers', 0, 'image'], 'image: "sidecar"'],
    [[...MAIN, 'image'], 'image: {{ .Values.image | quote }}'],
    [[...MAIN, 'ports', 0, 'containerPort'], 'containerPort: {{ .Values.port }}'],
    [[...MAIN, 'env', 0, 'value'], 'value: {{ .Values.port | quote }}'],
  ])('%j is found', (path, line) => {
    expect(inTemplate(...path)).toBe(line);
  });

  test('that a loop renders is found in the item that stands for all', () => {
    expect(inTemplate(...MAIN, 'env', 2, 'value')).toBe('value: {{ $value | quote }}');
    expect(inTemplate(...MAIN, 'env', 2, 'valueFrom', 'secretKeyRef', 'key')).toMatch(/^valueFrom:/);
  });

  test('that is rendered from elsewhere, or is not there, is found at the deepest field above it', () => {
    expect(inTemplate(...MAIN, 'resources', 'limits', 'memory')).toBe('resources:');
    expect(inTemplate('metadata', 'labels', 'app.kubernetes.io/version')).toBe('labels:');
    expect(inTemplate('metadata', 'annotations', 'slipway.dev/reason')).toBe('metadata:');
    expect(inTemplate(...MAIN, 'livenessProbe', 'httpGet', 'path')).toBe('- name: {{ .Release.Name }}');
  });

  test('on a line with others is found there', () => {
    const inline = 'securityContext: { privileged: {{ .Values.privileged }}, capabilities: { drop: [ALL] } }';
    expect(inTemplate(...MAIN, 'securityContext', 'privileged')).toBe(inline);
    expect(inTemplate(...MAIN, 'securityContext', 'capabilities', 'drop', 0)).toBe(inline);
    expect(inTemplate('spec', 'template', 'spec', 'volumes', 0, 'name')).toBe('volumes: [{ name: tmp }]');
  });
});

test.each([
  ['Service', 'a-svc', 'clusterIP: one'],
  ['Service', 'b', 'clusterIP: two'],
  ['ConfigMap', 'b', 'kind: {{ .Values.kind }}'],
])('of several documents the one of %s %s is taken', (kind, name, line) => {
  const text = `
kind: Service
metadata: {}
spec:
  clusterIP: none
---
kind: Service
metadata:
  name: {{ .Release.Name }}-svc
spec:
  clusterIP: one
---
# A comment
kind: Service
metadata:
  name: b
spec:
  clusterIP: two
---
kind: {{ .Values.kind }}
metadata:
  name: b
`;
  const path = kind === 'ConfigMap' ? ['kind'] : ['spec', 'clusterIP'];
  expect(lineAt(text, path, { kind, name })).toBe(line);
});

test('a plain file is one document', () => {
  const chart = 'apiVersion: v2\nname: a\n# why\nversion: 1\n';
  expect(lineAt(chart, ['version'])).toBe('version: 1');
  expect(lineAt('env:\n  A: 1\n  "B-c": 2\n', ['env', 'B-c'])).toBe('"B-c": 2');
});

test.each(['', '\n\n', '{{ include "all" . }}', '- a\n- b', '---', 'a: [', '{'])(
  'a text without the field gives its first line: %j',
  (text) => {
    expect(locateField(text, { kind: 'Pod', name: 'a', body: null, path: ['spec', 0, 'a'] })).toBe(1);
  },
);
