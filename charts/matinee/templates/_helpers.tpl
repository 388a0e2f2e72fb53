{{/* Names of objects. 35 characters leave room for "-trial-postgresql" and the hash in the label of a StatefulSet's pods. */}}
{{- define "matinee.name" -}}
{{ default .Chart.Name .Values.nameOverride | trunc 35 | trimSuffix "-" }}
{{- end }}

{{- define "matinee.fullname" -}}
{{- $name := default .Chart.Name .Values.nameOverride -}}
{{- if .Values.fullnameOverride -}}
{{ .Values.fullnameOverride | trunc 35 | trimSuffix "-" }}
{{- else if contains $name .Release.Name -}}
{{ .Release.Name | trunc 35 | trimSuffix "-" }}
{{- else -}}
{{ printf "%s-%s" .Release.Name $name | trunc 35 | trimSuffix "-" }}
{{- end -}}
{{- end }}

{{- define "matinee.serviceAccountName" -}}
{{ .Values.serviceAccount.name | default (ternary (include "matinee.fullname" .) "default" .Values.serviceAccount.create) }}
{{- end }}

{{- define "matinee.image" -}}
{{- with .Values.image -}}
{{ .repository }}{{ if .digest }}@{{ .digest }}{{ else }}:{{ .tag | default $.Chart.AppVersion }}{{ end }}
{{- end -}}
{{- end }}

{{/* Labels of an object. `component` is the role or the trial database that it belongs to. Call: (dict "root" $ "component" "api"). */}}
{{- define "matinee.labels" -}}
helm.sh/chart: {{ printf "%s-%s" .root.Chart.Name .root.Chart.Version | replace "+" "_" | trunc 63 | trimSuffix "-" }}
app.kubernetes.io/version: {{ .root.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .root.Release.Service }}
app.kubernetes.io/part-of: matinee
{{ include "matinee.selectorLabels" . }}
{{- with .root.Values.commonLabels }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{/* Labels in selectors. They never change while a release exists: Kubernetes refuses a change of a selector. */}}
{{- define "matinee.selectorLabels" -}}
app.kubernetes.io/name: {{ include "matinee.name" .root }}
app.kubernetes.io/instance: {{ .root.Release.Name }}
{{- with .component }}
app.kubernetes.io/component: {{ . }}
{{- end }}
{{- end }}

{{/* Labels of a pod. A new version of the chart alone changes none of them, since that would replace the pods. */}}
{{- define "matinee.podLabels" -}}
app.kubernetes.io/part-of: matinee
{{ include "matinee.selectorLabels" . }}
{{- with .root.Values.commonLabels }}
{{ toYaml . }}
{{- end }}
{{- with (.values | default dict).podLabels }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{/* Security contexts of the pods. The user and group ids are those of the image. */}}
{{- define "matinee.podSecurity" -}}
{{- $id := .id | default 65532 -}}
runAsNonRoot: true
runAsUser: {{ $id }}
runAsGroup: {{ $id }}
fsGroup: {{ $id }}
fsGroupChangePolicy: OnRootMismatch
seccompProfile: {type: RuntimeDefault}
{{- with .groups }}
supplementalGroups: {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}

{{- define "matinee.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities: {drop: [ALL]}
{{- end }}

{{/* Where the pods of a workload run. Call: (dict "root" $ "values" .Values.api "component" "api"). */}}
{{- define "matinee.placement" -}}
{{- with .root.Values.imagePullSecrets }}
imagePullSecrets: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .values.priorityClassName }}
priorityClassName: {{ . }}
{{- end }}
{{- with .values.nodeSelector }}
nodeSelector: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .values.tolerations }}
tolerations: {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}

{{/* Affinity. If the captures can only be mounted by one node, a rule keeps the pods that mount them on one node. Kubernetes schedules
     the first of them because it matches the rule itself. */}}
{{- define "matinee.affinity" -}}
{{- $affinity := deepCopy (.values.affinity | default dict) -}}
{{- $roles := include "matinee.captureRoles" .root | fromYamlArray -}}
{{- if and (include "matinee.singleNode" .root) (has .component $roles) -}}
{{- $together := dict "topologyKey" "kubernetes.io/hostname" "labelSelector" (dict
      "matchLabels" (include "matinee.selectorLabels" (dict "root" .root) | fromYaml)
      "matchExpressions" (list (dict "key" "app.kubernetes.io/component" "operator" "In" "values" $roles))) -}}
{{- $pods := $affinity.podAffinity | default dict -}}
{{- $required := append ($pods.requiredDuringSchedulingIgnoredDuringExecution | default list) $together -}}
{{- $_ := set $pods "requiredDuringSchedulingIgnoredDuringExecution" $required -}}
{{- $_ := set $affinity "podAffinity" $pods -}}
{{- end -}}
{{- with $affinity }}
affinity: {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}

{{- define "matinee.spread" -}}
{{- if kindIs "invalid" .values.topologySpreadConstraints }}
topologySpreadConstraints:
  - maxSkew: 1
    topologyKey: kubernetes.io/hostname
    whenUnsatisfiable: ScheduleAnyway
    labelSelector:
      matchLabels: {{- include "matinee.selectorLabels" . | nindent 8 }}
{{- else }}
{{- with .values.topologySpreadConstraints }}
topologySpreadConstraints: {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}
{{- end }}

{{/* "true" if all nodes can mount the captures at the same time, otherwise empty. */}}
{{- define "matinee.capturesShared" -}}
{{- if or .Values.captures.nfs (has "ReadWriteMany" .Values.captures.accessModes) }}true{{ end -}}
{{- end }}

{{/* "true" if the values ask for one node. captures.oneNode is the deprecated name. */}}
{{- define "matinee.singleNodeRequested" -}}
{{- if or .Values.captures.singleNode .Values.captures.oneNode }}true{{ end -}}
{{- end }}

{{/* "true" if all pods that mount the captures must run on one node, otherwise empty. */}}
{{- define "matinee.singleNode" -}}
{{- if or (include "matinee.singleNodeRequested" .) (not (include "matinee.capturesShared" .)) }}true{{ end -}}
{{- end }}

{{/* Path and volume of the captures. */}}
{{- define "matinee.captureDir" -}}/data/captures{{- end }}

{{- define "matinee.capturesVolume" -}}
name: captures
{{- with .Values.captures }}
{{- if .hostPath }}
hostPath: {path: {{ .hostPath.path | quote }}, type: Directory}
{{- else if .nfs }}
nfs: {{- toYaml .nfs | nindent 2 }}
{{- else }}
persistentVolumeClaim:
  claimName: {{ .existingClaim | default (printf "%s-captures" (include "matinee.fullname" $)) }}
{{- end }}
{{- end }}
{{- end }}

{{/* Writable folders beside the read-only root file system: /tmp, and /data for the temporary files of nginx. */}}
{{- define "matinee.scratchVolumes" -}}
- name: tmp
  emptyDir: {sizeLimit: 256Mi}
- name: data
  emptyDir: {sizeLimit: 256Mi}
{{- end }}

{{- define "matinee.scratchMounts" -}}
- {name: tmp, mountPath: /tmp}
- {name: data, mountPath: /data}
{{- end }}

{{/* Volumes with media files. The entry `movies` of `media` is the volume media-movies. */}}
{{- define "matinee.mediaVolumes" -}}
{{- range .Values.media }}
- name: media-{{ .name }}
  {{- if .nfs }}
  nfs: {{- toYaml (merge (dict "readOnly" true) .nfs) | nindent 4 }}
  {{- else if .hostPath }}
  hostPath: {path: {{ .hostPath.path | quote }}, type: Directory}
  {{- else if .existingClaim }}
  persistentVolumeClaim: {claimName: {{ .existingClaim }}, readOnly: true}
  {{- else }}
  {{- toYaml .volume | nindent 2 }}
  {{- end }}
{{- end }}
{{- end }}

{{- define "matinee.mediaMounts" -}}
{{- range .Values.media }}
- name: media-{{ .name }}
  mountPath: {{ .mountPath | quote }}
  readOnly: true
  {{- with .subPath }}
  subPath: {{ . | quote }}
  {{- end }}
{{- end }}
{{- end }}

{{/* Path mappings [{from, to}] in the form of the setting: "from=to;from=to". */}}
{{- define "matinee.mappings" -}}
{{- $pairs := list -}}
{{- range . }}{{ $pairs = append $pairs (printf "%s=%s" .from .to) }}{{ end -}}
{{ join ";" $pairs }}
{{- end }}

{{/* Port of an address, for NetworkPolicies. Call: (dict "url" "http://host:port" "default" 80). */}}
{{- define "matinee.portOf" -}}
{{- $host := (urlParse .url).host -}}
{{- $port := regexFind ":[0-9]+$" $host | trimPrefix ":" -}}
{{- $port | default (ternary "443" (.default | toString) (hasPrefix "https://" .url)) -}}
{{- end }}

{{/* The container that migrates the database before a role starts. Several pods may run it at the same time. */}}
{{- define "matinee.migrateContainer" -}}
name: migrate
image: {{ include "matinee.image" . }}
imagePullPolicy: {{ .Values.image.pullPolicy }}
args: [migrate, --wait, {{ .Values.migrate.waitSeconds }}s]
env:
  {{- include "matinee.secretEnv" (dict "root" . "needs" (list "database")) | nindent 2 }}
  {{- with .Values.migrate.extraEnv }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
{{- with .Values.migrate.extraEnvFrom }}
envFrom: {{- toYaml . | nindent 2 }}
{{- end }}
volumeMounts:
  {{- include "matinee.secretMount" . | nindent 2 }}
  {{- include "matinee.scratchMounts" . | nindent 2 }}
  {{- with .Values.migrate.extraVolumeMounts }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
resources: {{- toYaml .Values.migrate.resources | nindent 2 }}
securityContext: {{- include "matinee.containerSecurity" . | nindent 2 }}
# The reason is in the pod's status too.
terminationMessagePolicy: FallbackToLogsOnError
{{- end }}

{{/* Settings of every role that are not secret: those that the chart sets, and `settings` of the values. */}}
{{- define "matinee.settings" -}}
{{- $settings := dict "CAPTURE_DIR" (include "matinee.captureDir" .) "HOST" "0.0.0.0" "METRICS_ADDRESS" "0.0.0.0"
      "LOG_FORMAT" "json" -}}
{{- /* No file outside these folders is opened. */ -}}
{{- $roots := list -}}
{{- range .Values.media }}{{ $roots = append $roots .mountPath }}{{ end -}}
{{- range .Values.worker.extraVolumeMounts }}{{ $roots = append $roots .mountPath }}{{ end -}}
{{- if .Values.demo.enabled }}{{ $roots = append $roots (printf "%s/demo" (include "matinee.captureDir" .)) }}{{ end -}}
{{- with $roots }}{{ $_ := set $settings "MEDIA_ROOTS" (join ":" .) }}{{ end -}}
{{- with .Values.tracing.endpoint }}{{ $_ := set $settings "OTEL_EXPORTER_OTLP_ENDPOINT" . }}{{ end -}}
{{- range $name, $value := .Values.settings }}
{{- /* toString would print a large number as 5.36870912e+08. */ -}}
{{- $_ := set $settings $name (kindIs "float64" $value | ternary ($value | toJson) ($value | toString)) -}}
{{- end -}}
{{- /* Clients inside the cluster use the name of the Service. */ -}}
{{- with $settings.ALLOWED_HOSTS }}{{ $_ := set $settings "ALLOWED_HOSTS" (printf "%s,%s" . (include "matinee.fullname" $)) }}{{ end -}}
{{- range $name, $value := $settings }}
{{ $name }}: {{ $value | quote }}
{{- end }}
{{- end }}

{{/* Annotations that replace the pods when the settings, or a secret in the values, change. */}}
{{- define "matinee.checksums" -}}
checksum/settings: {{ include "matinee.settings" . | sha256sum }}
checksum/secrets: {{ printf "%s%s" (include "matinee.ownSecret" .) (include "matinee.trialPasswords" .) | sha256sum }}
{{- end }}

{{- define "matinee.trialPasswords" -}}
{{- range list "postgresql" "redis" }}
{{- if (index $.Values.trial .).enabled }}{{ include "matinee.trialPassword" (dict "root" $ "database" .) }}{{ end }}
{{- end }}
{{- end }}

{{/* Seconds that an api pod needs to stop. The edge drains for drainSeconds and then waits 20 s for the requests in flight; only then may
     the API drain, which takes 15 s at most. */}}
{{- define "matinee.apiDrain" -}}{{ add .Values.api.drainSeconds 20 1 }}{{- end }}
{{- define "matinee.apiGrace" -}}
{{ .Values.api.terminationGracePeriodSeconds | default (add (include "matinee.apiDrain" . | int) 15 5) }}
{{- end }}
{{- define "matinee.workerGrace" -}}
{{ .Values.worker.terminationGracePeriodSeconds | default (add .Values.worker.stopGraceSeconds 30) }}
{{- end }}

{{/* Probes of a role. /livez does not depend on a database: Kubernetes does not restart a pod because its database is down, nor one
     that waits for it at the start. Call: with the name of the port. */}}
{{- define "matinee.probes" -}}
startupProbe:
  httpGet: {path: /livez, port: {{ . }}}
  periodSeconds: 1
  timeoutSeconds: 2
  failureThreshold: 60
livenessProbe:
  httpGet: {path: /livez, port: {{ . }}}
  periodSeconds: 10
  timeoutSeconds: 5
  failureThreshold: 6
readinessProbe:
  httpGet: {path: /readyz, port: {{ . }}}
  periodSeconds: 2
  timeoutSeconds: 2
  failureThreshold: 2
{{- end }}

{{/* Addresses of the media servers as variables. Their tokens are among the secrets. */}}
{{- define "matinee.mediaServerEnv" -}}
{{- range $server, $prefix := dict "plex" "PLEX" "jellyfin" "JELLYFIN" "emby" "EMBY" }}
{{- with index $.Values.mediaServers $server }}
{{- if .url }}
- {name: {{ $prefix }}_URL, value: {{ .url | quote }}}
{{- with .pathMappings }}
- {name: {{ $prefix }}_PATH_MAPPINGS, value: {{ include "matinee.mappings" . | quote }}}
{{- end }}
{{- end }}
{{- end }}
{{- end }}
{{- if .Values.demo.enabled }}
- {name: JELLYFIN_URL, value: {{ printf "http://%s-demo:8096" (include "matinee.fullname" .) }}}
{{- end }}
{{- with .Values.pathMappings }}
- {name: PATH_MAPPINGS, value: {{ include "matinee.mappings" . | quote }}}
{{- end }}
{{- end }}

{{/* A HorizontalPodAutoscaler by CPU utilization. autoscaling/v2 exists since Kubernetes 1.23. `stabilization` is in seconds. */}}
{{- define "matinee.hpa" -}}
{{- $name := printf "%s-%s" (include "matinee.fullname" .root) .component -}}
apiVersion: {{ semverCompare ">=1.23.0-0" .root.Capabilities.KubeVersion.Version | ternary "autoscaling/v2" "autoscaling/v2beta2" }}
kind: HorizontalPodAutoscaler
metadata:
  name: {{ $name }}
  labels: {{- include "matinee.labels" . | nindent 4 }}
spec:
  scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: {{ $name }}}
  minReplicas: {{ .min }}
  maxReplicas: {{ .max }}
  metrics:
    - type: Resource
      resource: {name: cpu, target: {type: Utilization, averageUtilization: {{ .utilization }}}}
  behavior:
    scaleDown: {stabilizationWindowSeconds: {{ .stabilization }}}
{{- end }}
