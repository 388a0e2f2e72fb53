{{/* Names. 35 characters leave room for "-trial-postgresql" and the hash that a StatefulSet's pods bear. */}}
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

{{/* Labels of an object; by `component` if it belongs to one. Call: (dict "root" $ "component" "api"). */}}
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

{{/* What never changes in the life of a release: Kubernetes refuses another selector. */}}
{{- define "matinee.selectorLabels" -}}
app.kubernetes.io/name: {{ include "matinee.name" .root }}
app.kubernetes.io/instance: {{ .root.Release.Name }}
{{- with .component }}
app.kubernetes.io/component: {{ . }}
{{- end }}
{{- end }}

{{/* Of a pod: nothing that a new version of the chart alone would change, for that would replace the pods. */}}
{{- define "matinee.podLabels" -}}
app.kubernetes.io/part-of: matinee
{{ include "matinee.selectorLabels" . }}
{{- with .root.Values.commonLabels }}
{{ toYaml . }}
{{- end }}
{{- with (.of | default dict).podLabels }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{/* Hardening. The ids are the image's. */}}
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

{{/* What the pods of a workload have in common. Call: (dict "root" $ "of" .Values.api "component" "api"). */}}
{{- define "matinee.placement" -}}
{{- with .root.Values.imagePullSecrets }}
imagePullSecrets: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .of.priorityClassName }}
priorityClassName: {{ . }}
{{- end }}
{{- with .of.nodeSelector }}
nodeSelector: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .of.tolerations }}
tolerations: {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}

{{/* Affinity, with the rule that keeps those who share the captures on one node, if one node is all that can mount them. The first
     pod is let in because it fits the rule itself. */}}
{{- define "matinee.affinity" -}}
{{- $affinity := deepCopy (.of.affinity | default dict) -}}
{{- if include "matinee.oneNode" .root -}}
{{- $together := dict "topologyKey" "kubernetes.io/hostname" "labelSelector" (dict
      "matchLabels" (include "matinee.selectorLabels" (dict "root" .root) | fromYaml)
      "matchExpressions" (list (dict "key" "app.kubernetes.io/component" "operator" "In" "values" (list "api" "worker" "demo")))) -}}
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
{{- if kindIs "invalid" .of.topologySpreadConstraints }}
topologySpreadConstraints:
  - maxSkew: 1
    topologyKey: kubernetes.io/hostname
    whenUnsatisfiable: ScheduleAnyway
    labelSelector:
      matchLabels: {{- include "matinee.selectorLabels" . | nindent 8 }}
{{- else }}
{{- with .of.topologySpreadConstraints }}
topologySpreadConstraints: {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}
{{- end }}

{{/* "true" if every node can mount the captures at once; else empty. */}}
{{- define "matinee.capturesShared" -}}
{{- if or .Values.captures.nfs (has "ReadWriteMany" .Values.captures.accessModes) }}true{{ end -}}
{{- end }}

{{- define "matinee.oneNode" -}}
{{- if or .Values.captures.oneNode (not (include "matinee.capturesShared" .)) }}true{{ end -}}
{{- end }}

{{/* Where the captures are mounted, and what is. */}}
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

{{/* Room that a read-only root needs: /tmp, and /data for what nginx keeps while it runs. */}}
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

{{/* Films: "films" is the volume media-films. */}}
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

{{/* [{from, to}] as the settings want it. */}}
{{- define "matinee.mappings" -}}
{{- $pairs := list -}}
{{- range . }}{{ $pairs = append $pairs (printf "%s=%s" .from .to) }}{{ end -}}
{{ join ";" $pairs }}
{{- end }}

{{/* Host and port of an address, for NetworkPolicies and KEDA. */}}
{{- define "matinee.portOf" -}}
{{- $host := (urlParse .url).host -}}
{{- $port := regexFind ":[0-9]+$" $host | trimPrefix ":" -}}
{{- $port | default (ternary "443" (.default | toString) (hasPrefix "https://" .url)) -}}
{{- end }}

{{/* What brings the database up to date before an api or worker begins. Harmless from several pods at once. */}}
{{- define "matinee.migrateContainer" -}}
name: migrate
image: {{ include "matinee.image" .root }}
imagePullPolicy: {{ .root.Values.image.pullPolicy }}
args: [migrate, --wait, {{ .root.Values.migrate.waitSeconds }}s]
env:
  {{- include "matinee.secretEnv" (dict "root" .root "role" "migrate") | nindent 2 }}
  {{- with .root.Values.migrate.extraEnv }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
{{- with .root.Values.migrate.extraEnvFrom }}
envFrom: {{- toYaml . | nindent 2 }}
{{- end }}
volumeMounts:
  {{- include "matinee.secretMount" . | nindent 2 }}
  {{- include "matinee.scratchMounts" . | nindent 2 }}
  {{- with .root.Values.migrate.extraVolumeMounts }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
resources: {{- toYaml .root.Values.migrate.resources | nindent 2 }}
securityContext: {{- include "matinee.containerSecurity" . | nindent 2 }}
# The reason stands in the pod's status too.
terminationMessagePolicy: FallbackToLogsOnError
{{- end }}

{{/* Plain settings of every role: what the chart knows, and what the user says. */}}
{{- define "matinee.settings" -}}
{{- $settings := dict "CAPTURE_DIR" (include "matinee.captureDir" .) "HOST" "0.0.0.0" "METRICS_ADDRESS" "0.0.0.0"
      "LOG_FORMAT" "json" -}}
{{- /* Nothing outside the films is ever opened. */ -}}
{{- $roots := list -}}
{{- range .Values.media }}{{ $roots = append $roots .mountPath }}{{ end -}}
{{- range .Values.worker.extraVolumeMounts }}{{ $roots = append $roots .mountPath }}{{ end -}}
{{- if .Values.demo.enabled }}{{ $roots = append $roots (printf "%s/demo" (include "matinee.captureDir" .)) }}{{ end -}}
{{- with $roots }}{{ $_ := set $settings "MEDIA_ROOTS" (join ":" .) }}{{ end -}}
{{- with .Values.tracing.endpoint }}{{ $_ := set $settings "OTEL_EXPORTER_OTLP_ENDPOINT" . }}{{ end -}}
{{- range $name, $value := .Values.settings }}
{{- /* A large number in YAML would come out as 5.36870912e+08. */ -}}
{{- $_ := set $settings $name (kindIs "float64" $value | ternary ($value | toJson) ($value | toString)) -}}
{{- end -}}
{{- /* Those inside the cluster call the Service by its name. */ -}}
{{- with $settings.ALLOWED_HOSTS }}{{ $_ := set $settings "ALLOWED_HOSTS" (printf "%s,%s" . (include "matinee.fullname" $)) }}{{ end -}}
{{- range $name, $value := $settings }}
{{ $name }}: {{ $value | quote }}
{{- end }}
{{- end }}

{{/* A change of the settings or of a secret in the values rolls the pods. */}}
{{- define "matinee.checksums" -}}
checksum/settings: {{ include "matinee.settings" . | sha256sum }}
checksum/secrets: {{ printf "%s%s" (include "matinee.ownSecret" .) (include "matinee.trialPasswords" .) | sha256sum }}
{{- end }}

{{- define "matinee.trialPasswords" -}}
{{- range list "postgresql" "redis" }}
{{- if (index $.Values.trial .).enabled }}{{ include "matinee.trialPassword" (dict "root" $ "of" .) }}{{ end }}
{{- end }}
{{- end }}

{{/* Seconds of an api pod's end. The edge drains for drainSeconds and gives running requests 20 more; only then may its API begin to
     drain, which takes 15 at most. */}}
{{- define "matinee.apiDrain" -}}{{ add .Values.api.drainSeconds 20 1 }}{{- end }}
{{- define "matinee.apiGrace" -}}
{{ .Values.api.terminationGracePeriodSeconds | default (add (include "matinee.apiDrain" . | int) 15 5) }}
{{- end }}
{{- define "matinee.workerGrace" -}}
{{ .Values.worker.terminationGracePeriodSeconds | default (add .Values.worker.stopGraceSeconds 30) }}
{{- end }}

{{/* Whether a role lives, and whether it may be sent requests. /livez never depends on others, so that no pod is restarted for a
     database that is away; waiting for one at the start counts as alive. */}}
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

{{/* Addresses of the media servers. Their tokens are among the secrets. */}}
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

{{/* A HorizontalPodAutoscaler on the processor's load. autoscaling/v2 is there from Kubernetes 1.23 on. */}}
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
    scaleDown: {stabilizationWindowSeconds: {{ .calm }}}
{{- end }}
