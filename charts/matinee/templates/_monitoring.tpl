{{/* Where the runbooks are in the files of this chart; monitoring.runbookBaseUrl replaces it. */}}
{{- define "matinee.runbooks" -}}https://github.com/matinee-media/matinee/blob/main/docs/runbooks{{- end }}

{{/* A text with the addresses of the runbooks as the values have them. Call: (dict "root" $ "text" "…"). */}}
{{- define "matinee.withRunbooks" -}}
{{- .text | replace (printf "%s/" (include "matinee.runbooks" .root)) (printf "%s/" (trimSuffix "/" .root.Values.monitoring.runbookBaseUrl)) -}}
{{- end }}

{{/* What an alert compares with a number, and how: the one comparison that `threshold` of monitoring.alerts replaces. */}}
{{- define "matinee.comparison" -}}(==|!=|>=|<=|>|<) *[0-9]+(\.[0-9]+)?( *\* *[0-9]+)?{{- end }}

{{/* `spec` of the PrometheusRule: files/alerts.yaml with the changes of monitoring.alerts. */}}
{{- define "matinee.alerts" -}}
{{- $changes := .Values.monitoring.alerts -}}
{{- $groups := list -}}
{{- range (.Files.Get "files/alerts.yaml" | fromYaml).groups -}}
  {{- $rules := list -}}
  {{- range .rules -}}
    {{- $rule := . -}}
    {{- $change := (empty .alert | ternary dict (index $changes (.alert | default "none"))) | default dict -}}
    {{- if .alert -}}
      {{- /* The CronJob of this release. */ -}}
      {{- $_ := set $rule "expr" (.expr | replace "cronjob=\"matinee-backup\"" (printf "cronjob=%q" (printf "%s-backup" (include "matinee.fullname" $)))) -}}
      {{- if $.Values.monitoring.runbookBaseUrl -}}
        {{- $_ := set $rule.annotations "runbook_url" (include "matinee.withRunbooks" (dict "root" $ "text" .annotations.runbook_url)) -}}
      {{- else -}}
        {{- $_ := unset $rule.annotations "runbook_url" -}}
      {{- end -}}
    {{- end -}}
    {{- $says := list -}}
    {{- if not (kindIs "invalid" $change.threshold) -}}
      {{- $text := kindIs "float64" $change.threshold | ternary ($change.threshold | toJson) ($change.threshold | toString) -}}
      {{- $_ := set $rule "expr" (regexReplaceAll (include "matinee.comparison" $) .expr (printf "${1} %s" $text)) -}}
      {{- $says = append $says (printf "the threshold %s" $text) -}}
    {{- end -}}
    {{- with $change.for -}}
      {{- $_ := set $rule "for" . -}}
      {{- $says = append $says (printf "for %s" .) -}}
    {{- end -}}
    {{- with $change.severity -}}{{- $_ := set $rule.labels "severity" . -}}{{- end -}}
    {{- with $says -}}
      {{- $_ := set $rule.annotations "description" (printf "%s (monitoring.alerts has %s.)" $rule.annotations.description (join ", " .)) -}}
    {{- end -}}
    {{- if not (eq ($change.enabled | toString) "false") -}}{{- $rules = append $rules $rule -}}{{- end -}}
  {{- end -}}
  {{- $_ := set . "rules" $rules -}}
  {{- if $rules -}}{{- $groups = append $groups . -}}{{- end -}}
{{- end -}}
{{- dict "groups" $groups | toYaml -}}
{{- end }}

{{/* What a scrape endpoint of both monitors has. Call: with the monitor's values. */}}
{{- define "matinee.endpoints" -}}
{{- $endpoint := dict "interval" .interval -}}
{{- with .scrapeTimeout }}{{ $_ := set $endpoint "scrapeTimeout" . }}{{ end -}}
{{- with .relabelings }}{{ $_ := set $endpoint "relabelings" . }}{{ end -}}
{{- with .metricRelabelings }}{{ $_ := set $endpoint "metricRelabelings" . }}{{ end -}}
{{- range list "metrics" "edge-metrics" }}
- {{ merge (dict "port" .) $endpoint | toYaml | indent 2 | trim }}
{{- end }}
{{- end }}

{{/* A monitor in another namespace looks into that of the release. Call: (dict "root" $ "namespace" "monitoring"). */}}
{{- define "matinee.monitored" -}}
{{- if and .namespace (ne .namespace .root.Release.Namespace) }}
namespaceSelector: {matchNames: [{{ .root.Release.Namespace }}]}
{{- end }}
{{- end }}
