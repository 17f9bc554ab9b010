{{/* The tag of the image, which is the version of what runs. */}}
{{- define "service.version" -}}
{{- $reference := required "image.reference must be set" .Values.image.reference -}}
{{- regexReplaceAll "@.*$" $reference "" | splitList ":" | last -}}
{{- end -}}

{{/* What pods are selected by: never changes in the life of a release. */}}
{{- define "service.selector" -}}
app.kubernetes.io/name: {{ .Release.Name }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{- define "service.labels" -}}
{{ include "service.selector" . }}
app.kubernetes.io/version: {{ include "service.version" . | quote }}
app.kubernetes.io/part-of: {{ .Values.partOf }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | quote }}
{{- end -}}
