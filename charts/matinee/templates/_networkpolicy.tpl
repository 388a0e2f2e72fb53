{{/* Rules that several NetworkPolicies share. The trial databases are selected by their pods, others by their ports: a chart cannot know
     where those run. */}}

{{/* A peer: the pods of a component of this release. Call: (dict "root" $ "component" "api"). */}}
{{- define "matinee.podsOf" -}}
podSelector:
  matchLabels: {{- include "matinee.selectorLabels" . | nindent 4 }}
{{- end }}

{{- define "matinee.egressDns" -}}
- ports:
    - {protocol: UDP, port: 53}
    - {protocol: TCP, port: 53}
{{- end }}

{{- define "matinee.egressDatabase" -}}
{{- if .Values.trial.postgresql.enabled -}}
- to:
    - {{ include "matinee.podsOf" (dict "root" . "component" "trial-postgresql") | indent 6 | trim }}
  ports:
    - {protocol: TCP, port: 5432}
{{- else -}}
- ports:
    {{- $port := include "matinee.portOf" (dict "url" .Values.database.url "default" 5432) }}
    - {protocol: TCP, port: {{ empty .Values.database.url | ternary .Values.networkPolicy.databasePort $port }}}
{{- end -}}
{{- end }}

{{- define "matinee.egressRedis" -}}
{{- if .Values.trial.redis.enabled -}}
- to:
    - {{ include "matinee.podsOf" (dict "root" . "component" "trial-redis") | indent 6 | trim }}
  ports:
    - {protocol: TCP, port: 6379}
{{- else -}}
- ports:
    {{- $port := include "matinee.portOf" (dict "url" .Values.redis.url "default" 6379) }}
    - {protocol: TCP, port: {{ empty .Values.redis.url | ternary .Values.networkPolicy.redisPort $port }}}
{{- end -}}
{{- end }}

{{/* The ports of all media servers, and the demo. */}}
{{- define "matinee.egressMediaServers" -}}
{{- range include "matinee.mediaServerUrls" . | fromYamlArray }}
- ports:
    - {protocol: TCP, port: {{ include "matinee.portOf" (dict "url" . "default" 80) }}}
{{- end }}
{{- if .Values.demo.enabled }}
- to:
    - {{ include "matinee.podsOf" (dict "root" . "component" "demo") | indent 6 | trim }}
  ports:
    - {protocol: TCP, port: 8096}
{{- end }}
{{- end }}

{{- define "matinee.egressTracing" -}}
{{- with .Values.tracing.endpoint }}
- ports:
    - {protocol: TCP, port: {{ include "matinee.portOf" (dict "url" . "default" 80) }}}
{{- end }}
{{- end }}

{{- define "matinee.extraEgress" -}}
{{- with .Values.networkPolicy.extraEgress }}
{{- toYaml . }}
{{- end }}
{{- end }}

{{/* Prometheus scrapes these ports. Call: (dict "root" $ "ports" (list "metrics")). */}}
{{- define "matinee.ingressMetrics" -}}
- from: {{- .root.Values.networkPolicy.metricsFrom | default (list (dict "namespaceSelector" dict)) | toYaml | nindent 4 }}
  ports:
    {{- range .ports }}
    - {protocol: TCP, port: {{ . }}}
    {{- end }}
{{- end }}

{{/* The head of the NetworkPolicy of a component. Call: (dict "root" $ "component" "api"). */}}
{{- define "matinee.networkPolicy" -}}
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {{- include "matinee.metadata" (dict "root" .root "component" .component "suffix" (printf "-%s" .component)) | nindent 2 }}
{{- end }}
