{{- define "faulty.selector" -}}
app.kubernetes.io/name: {{ .Release.Name }}
{{- end -}}
