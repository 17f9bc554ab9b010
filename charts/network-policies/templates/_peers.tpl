{{/* Labels of a policy. */}}
{{- define "network-policies.labels" -}}
app.kubernetes.io/name: {{ .Chart.Name }}
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/part-of: {{ .Values.partOf }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | quote }}
{{- end -}}

{{/* Pods of the release's own namespace: one component or several. */}}
{{- define "network-policies.pods" -}}
{{- if kindIs "string" . -}}
matchLabels:
  app.kubernetes.io/name: {{ . }}
{{- else -}}
matchExpressions:
  - key: app.kubernetes.io/name
    operator: In
    values: {{ toJson . }}
{{- end -}}
{{- end -}}

{{/* The other end of a flow, as an entry of from or to. */}}
{{- define "network-policies.peer" -}}
{{- if .component -}}
podSelector:
  {{- include "network-policies.pods" .component | nindent 2 }}
{{- else if .namespace -}}
namespaceSelector:
  matchLabels:
    kubernetes.io/metadata.name: {{ .namespace }}
{{- with .labels }}
podSelector:
  matchLabels:
    {{- toYaml . | nindent 4 }}
{{- end }}
{{- else -}}
ipBlock:
  cidr: {{ .cidr | quote }}
{{- end -}}
{{- end -}}

{{- define "network-policies.ports" -}}
{{- range . }}
- port: {{ . }}
  protocol: TCP
{{- end }}
{{- end -}}
