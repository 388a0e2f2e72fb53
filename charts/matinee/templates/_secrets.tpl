{{/*
Secrets are files, each named by the twin of its setting (DATABASE_URL_FILE): a file shows neither in `kubectl describe` nor in a dump
of a process's environment.

matinee.secrets gives the list of all: {variable, secret, key, roles}. A secret of the trial databases is in the Secret
F-trial, one that stands in the values in F, and one of the user's where he says.
*/}}
{{- define "matinee.secrets" -}}
{{- $own := include "matinee.fullname" . -}}
{{- $trial := printf "%s-trial" $own -}}
{{- $all := list -}}
{{- with .Values.database }}
{{- $from := dict "secret" ($.Values.trial.postgresql.enabled | ternary $trial (.existingSecret | default $own)) -}}
{{- $key := empty .existingSecret | ternary "DATABASE_URL" .existingSecretKey -}}
{{- $all = append $all (merge $from (dict "variable" "DATABASE_URL" "key" $key "roles" (list "api" "worker" "migrate"))) -}}
{{- end }}
{{- with .Values.redis }}
{{- $from := dict "secret" ($.Values.trial.redis.enabled | ternary $trial (.existingSecret | default $own)) -}}
{{- $key := empty .existingSecret | ternary "REDIS_URL" .existingSecretKey -}}
{{- $all = append $all (merge $from (dict "variable" "REDIS_URL" "key" $key "roles" (list "api" "worker"))) -}}
{{- end }}
{{- range $server, $variable := dict "plex" "PLEX_TOKEN" "jellyfin" "JELLYFIN_API_KEY" "emby" "EMBY_API_KEY" }}
{{- with index $.Values.mediaServers $server }}
{{- if or .url (and $.Values.demo.enabled (eq $server "jellyfin")) }}
{{- $key := empty .existingSecret | ternary $variable .existingSecretKey -}}
{{- $all = append $all (dict "variable" $variable "secret" (.existingSecret | default $own) "key" $key "roles" (list "api")) -}}
{{- end }}
{{- end }}
{{- end }}
{{- with .Values.tracing }}
{{- if or .headers .existingSecret }}
{{- $key := empty .existingSecret | ternary "OTEL_EXPORTER_OTLP_HEADERS" .existingSecretKey -}}
{{- $all = append $all (dict "variable" "OTEL_EXPORTER_OTLP_HEADERS" "secret" (.existingSecret | default $own) "key" $key
      "roles" (list "api" "worker")) -}}
{{- end }}
{{- end }}
{{- toYaml $all -}}
{{- end }}

{{/* The variables that name the files. Call: (dict "root" $ "role" "api"). */}}
{{- define "matinee.secretEnv" -}}
{{- range include "matinee.secrets" .root | fromYamlArray }}
{{- if has $.role .roles }}
- {name: {{ .variable }}_FILE, value: /etc/matinee/secrets/{{ .variable }}}
{{- end }}
{{- end }}
{{- end }}

{{/* The volume of a role's secrets, and its place. The containers that run before share it. */}}
{{- define "matinee.secretVolume" -}}
name: secrets
projected:
  defaultMode: 0440
  sources:
    {{- range include "matinee.secrets" .root | fromYamlArray }}
    {{- if has $.role .roles }}
    - secret:
        name: {{ .secret }}
        items: [{key: {{ .key }}, path: {{ .variable }}}]
    {{- end }}
    {{- end }}
{{- end }}

{{- define "matinee.secretMount" -}}
- {name: secrets, mountPath: /etc/matinee/secrets, readOnly: true}
{{- end }}

{{/* Content of the Secret F. */}}
{{- define "matinee.ownSecret" -}}
{{- with .Values.database.url }}
DATABASE_URL: {{ . | quote }}
{{- end }}
{{- with .Values.redis.url }}
REDIS_URL: {{ . | quote }}
{{- end }}
{{- with .Values.mediaServers.plex.token }}
PLEX_TOKEN: {{ . | quote }}
{{- end }}
{{- with .Values.demo.enabled | ternary "demo" .Values.mediaServers.jellyfin.apiKey }}
JELLYFIN_API_KEY: {{ . | quote }}
{{- end }}
{{- with .Values.mediaServers.emby.apiKey }}
EMBY_API_KEY: {{ . | quote }}
{{- end }}
{{- with .Values.tracing.headers }}
OTEL_EXPORTER_OTLP_HEADERS: {{ . | quote }}
{{- end }}
{{- if eq .Values.worker.autoscaling.mode "keda" }}
{{- with .Values.redis.url }}
{{- with (urlParse .).userinfo }}
REDIS_PASSWORD: {{ regexReplaceAll "^[^:]*:?" . "" | quote }}
{{- with regexFind "^[^:]+" . }}
REDIS_USERNAME: {{ . | quote }}
{{- end }}
{{- end }}
{{- end }}
{{- end }}
{{- end }}

{{/* A trial database's password: the one of the values, or that of the Secret that is there, or a new one. It is written back into
     the values, because a new one would be another at each call. Call: (dict "root" $ "of" "postgresql"). */}}
{{- define "matinee.trialPassword" -}}
{{- $values := index .root.Values.trial .of -}}
{{- if not $values.password -}}
{{- $secret := lookup "v1" "Secret" .root.Release.Namespace (printf "%s-trial" (include "matinee.fullname" .root)) | default dict -}}
{{- $known := index ($secret.data | default dict) (printf "%s-password" .of) | default "" | b64dec -}}
{{- $_ := set $values "password" ($known | default (randAlphaNum 32)) -}}
{{- end -}}
{{ $values.password }}
{{- end }}
