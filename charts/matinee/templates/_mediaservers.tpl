{{/*
mediaServers is a map with one server of each type, or a list of any number. Those of the map are variables of the container api; a list
is a file that MATINEE_CONFIG names there. No other container gets either.
*/}}

{{/* The map, as YAML; without any server if mediaServers is a list. */}}
{{- define "matinee.namedServers" -}}
{{- if kindIs "map" .Values.mediaServers -}}
{{- toYaml .Values.mediaServers -}}
{{- else -}}
{{- toYaml (dict "plex" (dict "url" "") "jellyfin" (dict "url" "") "emby" (dict "url" "")) -}}
{{- end -}}
{{- end }}

{{/* The list, as YAML; empty if mediaServers is a map. */}}
{{- define "matinee.listedServers" -}}
{{- kindIs "slice" .Values.mediaServers | ternary .Values.mediaServers list | toYaml -}}
{{- end }}

{{/* Addresses of the media servers, as a YAML list. */}}
{{- define "matinee.mediaServerUrls" -}}
{{- $urls := list -}}
{{- range .Values.mediaServers -}}
{{- with .url -}}{{- $urls = append $urls . -}}{{- end -}}
{{- end -}}
{{- toYaml $urls -}}
{{- end }}

{{/* The settings file of the list; empty if there is none. Each token is in a separate file. */}}
{{- define "matinee.mediaServerFile" -}}
{{- with include "matinee.listedServers" . | fromYamlArray -}}
media_servers:
  {{- range . }}
  - name: {{ .name | quote }}
    type: {{ .type }}
    url: {{ .url | quote }}
    token_file: {{ printf "/etc/matinee/secrets/MEDIA_SERVER_%s" .name | quote }}
    {{- with .pathMappings }}
    path_mappings: {{- toYaml . | nindent 6 }}
    {{- end }}
  {{- end }}
{{- end -}}
{{- end }}

{{/* Path of the settings file in the container api; empty if there is none. */}}
{{- define "matinee.configPath" -}}
{{- if include "matinee.mediaServerFile" . -}}
/etc/matinee/config/matinee.yaml
{{- else -}}
{{- .Values.settings.MATINEE_CONFIG | default "" -}}
{{- end -}}
{{- end }}
