{{/* Renders the Deployment of a role. Call: (dict "root" $ "role" <entry of matinee.roles>). */}}
{{- define "matinee.workload" -}}
{{- $root := .root -}}
{{- $role := .role -}}
{{- $values := index $root.Values $role.name -}}
{{- $workload := dict "root" $root "values" $values "component" $role.name -}}
{{- $mounts := list -}}
{{- range $role.containers }}{{ $mounts = concat $mounts .mounts }}{{ end -}}
{{- $migrates := has "database" $role.needs -}}
apiVersion: apps/v1
kind: Deployment
metadata:
  {{- include "matinee.metadata" (dict "root" $root "component" $role.name "suffix" (printf "-%s" $role.name)
        "annotations" $values.annotations) | nindent 2 }}
spec:
  {{- if $role.single }}
  replicas: 1
  {{- else if not $role.autoscaled }}
  replicas: {{ $values.replicas }}
  {{- end }}
  revisionHistoryLimit: 3
  {{- if $role.single }}
  strategy: {type: Recreate}
  {{- else }}
  # An old pod is removed only when its successor is ready: after a bad upgrade the old pods still serve.
  strategy: {type: RollingUpdate, rollingUpdate: {maxUnavailable: 0, maxSurge: 1}}
  {{- end }}
  selector:
    matchLabels: {{- include "matinee.selectorLabels" $workload | nindent 6 }}
  template:
    metadata:
      labels: {{- include "matinee.podLabels" $workload | nindent 8 }}
      {{- if $role.configured }}
      annotations:
        {{- include "matinee.checksums" $root | nindent 8 }}
        {{- if has "config" $mounts }}
        {{- with include "matinee.mediaServerFile" $root }}
        checksum/media-servers: {{ sha256sum . }}
        {{- end }}
        {{- end }}
        {{- with $values.podAnnotations }}
        {{- toYaml . | nindent 8 }}
        {{- end }}
      {{- end }}
    spec:
      serviceAccountName: {{ include "matinee.serviceAccountName" $root }}
      automountServiceAccountToken: false
      enableServiceLinks: false
      {{- with $role.graceSeconds }}
      terminationGracePeriodSeconds: {{ . }}
      {{- end }}
      securityContext: {{- include "matinee.podSecurity" (dict "root" $root "groups" (has "media" $mounts | ternary $root.Values.mediaGroups list)) | nindent 8 }}
      {{- include "matinee.placement" $workload | nindent 6 }}
      {{- include "matinee.affinity" $workload | nindent 6 }}
      {{- if not $role.single }}
      {{- include "matinee.spread" $workload | nindent 6 }}
      {{- end }}
      {{- if or $migrates $values.initContainers }}
      initContainers:
        {{- with $values.initContainers }}
        {{- toYaml . | nindent 8 }}
        {{- end }}
        {{- if $migrates }}
        - {{ include "matinee.migrateContainer" $root | indent 10 | trim }}
        {{- end }}
      {{- end }}
      containers:
        {{- range $role.containers }}
        - {{ include "matinee.container" (dict "root" $root "role" $role "container" .) | indent 10 | trim }}
        {{- end }}
        {{- with $values.extraContainers }}
        {{- toYaml . | nindent 8 }}
        {{- end }}
      volumes:
        {{- include "matinee.scratchVolumes" $root | nindent 8 }}
        {{- if has "captures" $mounts }}
        - {{ include "matinee.capturesVolume" $root | indent 10 | trim }}
        {{- end }}
        {{- if $role.needs }}
        - {{ include "matinee.secretVolume" (dict "root" $root "needs" $role.needs) | indent 10 | trim }}
        {{- end }}
        {{- if has "media" $mounts }}
        {{- include "matinee.mediaVolumes" $root | nindent 8 }}
        {{- end }}
        {{- if and (has "config" $mounts) (include "matinee.mediaServerFile" $root) }}
        - name: config
          configMap: {name: {{ include "matinee.fullname" $root }}-media-servers}
        {{- end }}
        {{- if $migrates }}
        {{- with $root.Values.migrate.extraVolumes }}
        {{- toYaml . | nindent 8 }}
        {{- end }}
        {{- end }}
        {{- with $values.extraVolumes }}
        {{- toYaml . | nindent 8 }}
        {{- end }}
{{- end }}

{{/* Renders one container of a role. Call: (dict "root" $ "role" <entry of matinee.roles> "container" <entry of its containers>). */}}
{{- define "matinee.container" -}}
{{- $root := .root -}}
{{- $role := .role -}}
{{- $values := index $root.Values .container.name -}}
{{- with .container -}}
name: {{ .name }}
image: {{ include "matinee.image" $root }}
imagePullPolicy: {{ $root.Values.image.pullPolicy }}
args: {{- toYaml .args | nindent 2 }}
ports: {{- toYaml .ports | nindent 2 }}
{{- if $role.configured }}
envFrom:
  - configMapRef: {name: {{ include "matinee.fullname" $root }}}
  {{- with $values.extraEnvFrom }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
{{- end }}
env:
  {{- toYaml .env | nindent 2 }}
  {{- if has "secrets" .mounts }}
  {{- include "matinee.secretEnv" (dict "root" $root "needs" $role.needs) | nindent 2 }}
  {{- end }}
  {{- with $values.extraEnv }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
{{ toYaml .probes }}
volumeMounts:
  {{- include "matinee.scratchMounts" $root | nindent 2 }}
  {{- if has "captures" .mounts }}
  - name: captures
    mountPath: {{ include "matinee.captureDir" $root }}
    {{- if has "captures" .readOnly }}
    readOnly: true
    {{- end }}
  {{- end }}
  {{- if has "secrets" .mounts }}
  {{- include "matinee.secretMount" $root | nindent 2 }}
  {{- end }}
  {{- if has "media" .mounts }}
  {{- include "matinee.mediaMounts" $root | nindent 2 }}
  {{- end }}
  {{- if and (has "config" .mounts) (include "matinee.mediaServerFile" $root) }}
  - {name: config, mountPath: /etc/matinee/config, readOnly: true}
  {{- end }}
  {{- with $values.extraVolumeMounts }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
resources: {{- toYaml $values.resources | nindent 2 }}
securityContext: {{- include "matinee.containerSecurity" $root | nindent 2 }}
terminationMessagePolicy: FallbackToLogsOnError
{{- end }}
{{- end }}
