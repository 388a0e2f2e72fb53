{{/*
Secrets are mounted as files, and a variable such as DATABASE_URL_FILE names each file: a file shows neither in `kubectl describe` nor in
a dump of a process's environment.

matinee.secrets is the YAML list of all: {variable, secret, key, group}. A role gets the groups that its entry in matinee.roles `needs`.
With `server`, no variable names the file: matinee.mediaServerFile does.
Below, F is matinee.fullname: a secret from the values is in the Secret F, one of a trial database in F-trial, any other in the
existingSecret that the values name.
*/}}
{{- define "matinee.secrets" -}}
{{- $own := include "matinee.fullname" . -}}
{{- $trial := printf "%s-trial" $own -}}
{{- $all := list -}}
{{- with .Values.database }}
{{- $from := dict "secret" ($.Values.trial.postgresql.enabled | ternary $trial (.existingSecret | default $own)) -}}
{{- $key := empty .existingSecret | ternary "DATABASE_URL" .existingSecretKey -}}
{{- $all = append $all (merge $from (dict "variable" "DATABASE_URL" "key" $key "group" "database")) -}}
{{- end }}
{{- with .Values.redis }}
{{- $from := dict "secret" ($.Values.trial.redis.enabled | ternary $trial (.existingSecret | default $own)) -}}
{{- $key := empty .existingSecret | ternary "REDIS_URL" .existingSecretKey -}}
{{- $all = append $all (merge $from (dict "variable" "REDIS_URL" "key" $key "group" "redis")) -}}
{{- end }}
{{- range $server, $variable := dict "plex" "PLEX_TOKEN" "jellyfin" "JELLYFIN_API_KEY" "emby" "EMBY_API_KEY" }}
{{- with index (include "matinee.namedServers" $ | fromYaml) $server }}
{{- if or .url (and $.Values.demo.enabled (eq $server "jellyfin")) }}
{{- $key := empty .existingSecret | ternary $variable .existingSecretKey -}}
{{- $all = append $all (dict "variable" $variable "secret" (.existingSecret | default $own) "key" $key "group" "mediaServers") -}}
{{- end }}
{{- end }}
{{- end }}
{{- range include "matinee.listedServers" . | fromYamlArray }}
{{- $variable := printf "MEDIA_SERVER_%s" .name }}
{{- $key := empty .existingSecret | ternary $variable (.existingSecretKey | default "token") }}
{{- $all = append $all (dict "variable" $variable "secret" (.existingSecret | default $own) "key" $key "group" "mediaServers"
      "server" .name) -}}
{{- end }}
{{- with .Values.tracing }}
{{- if or .headers .existingSecret }}
{{- $key := empty .existingSecret | ternary "OTEL_EXPORTER_OTLP_HEADERS" .existingSecretKey -}}
{{- $all = append $all (dict "variable" "OTEL_EXPORTER_OTLP_HEADERS" "secret" (.existingSecret | default $own) "key" $key
      "group" "tracing") -}}
{{- end }}
{{- end }}
{{- toYaml $all -}}
{{- end }}

{{/* Variables that name the files. Call: (dict "root" $ "needs" (list "database")). */}}
{{- define "matinee.secretEnv" -}}
{{- range include "matinee.secrets" .root | fromYamlArray }}
{{- if and (has .group $.needs) (not .server) }}
- {name: {{ .variable }}_FILE, value: /etc/matinee/secrets/{{ .variable }}}
{{- end }}
{{- end }}
{{- end }}

{{/* The volume with a role's secrets, and its mount. The role's init container shares it. Call: as matinee.secretEnv. */}}
{{- define "matinee.secretVolume" -}}
name: secrets
projected:
  defaultMode: 0440
  sources:
    {{- range include "matinee.secrets" .root | fromYamlArray }}
    {{- if has .group $.needs }}
    - secret:
        name: {{ .secret }}
        items: [{key: {{ .key }}, path: {{ .variable }}}]
    {{- end }}
    {{- end }}
{{- end }}

{{- define "matinee.secretMount" -}}
- {name: secrets, mountPath: /etc/matinee/secrets, readOnly: true}
{{- end }}

{{/* Data of the Secret F. */}}
{{- define "matinee.ownSecret" -}}
{{- with .Values.database.url }}
DATABASE_URL: {{ . | quote }}
{{- end }}
{{- with .Values.redis.url }}
REDIS_URL: {{ . | quote }}
{{- end }}
{{- $named := include "matinee.namedServers" . | fromYaml }}
{{- with $named.plex.token }}
PLEX_TOKEN: {{ . | quote }}
{{- end }}
{{- with .Values.demo.enabled | ternary "demo" $named.jellyfin.apiKey }}
JELLYFIN_API_KEY: {{ . | quote }}
{{- end }}
{{- with $named.emby.apiKey }}
EMBY_API_KEY: {{ . | quote }}
{{- end }}
{{- range include "matinee.listedServers" . | fromYamlArray }}
{{- if .token }}
MEDIA_SERVER_{{ .name }}: {{ .token | quote }}
{{- end }}
{{- end }}
{{- with .Values.tracing.headers }}
OTEL_EXPORTER_OTLP_HEADERS: {{ . | quote }}
{{- end }}
{{- end }}

{{/* Password of a trial database: that of the values, or that of the existing Secret, or a generated one. It is stored in the values,
     because each call would generate another one. Call: (dict "root" $ "database" "postgresql"). */}}
{{- define "matinee.trialPassword" -}}
{{- $values := index .root.Values.trial .database -}}
{{- if not $values.password -}}
{{- $secret := lookup "v1" "Secret" .root.Release.Namespace (printf "%s-trial" (include "matinee.fullname" .root)) | default dict -}}
{{- $known := index ($secret.data | default dict) (printf "%s-password" .database) | default "" | b64dec -}}
{{- $_ := set $values "password" ($known | default (randAlphaNum 32)) -}}
{{- end -}}
{{ $values.password }}
{{- end }}
