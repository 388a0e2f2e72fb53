{{- define "matinee.checks" -}}{{- end }}
