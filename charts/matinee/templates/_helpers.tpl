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

{{/* `metadata` of an object. Call: (dict "root" $ "component" "api" "suffix" "-api"), and optionally `name` (the whole name), `labels` and
     `annotations` (in addition to the common ones) and `namespace` (of an object that is not in the release's). */}}
{{- define "matinee.metadata" -}}
name: {{ .name | default (printf "%s%s" (include "matinee.fullname" .root) (.suffix | default "")) }}
{{- with .namespace }}
namespace: {{ . }}
{{- end }}
labels:
  {{- include "matinee.labels" . | nindent 2 }}
  {{- with .labels }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
{{- with merge (dict) (.annotations | default dict) .root.Values.commonAnnotations }}
annotations: {{- toYaml . | nindent 2 }}
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

{{/* Security context of a pod of Matinee, from the values; `groups` are additional ones. Call: (dict "root" $ "groups" (list 100)). */}}
{{- define "matinee.podSecurity" -}}
{{- $context := deepCopy .root.Values.podSecurityContext -}}
{{- $groups := concat ($context.supplementalGroups | default list) (.groups | default list) | uniq -}}
{{- $context = omit $context "supplementalGroups" -}}
{{- with $groups -}}{{- $_ := set $context "supplementalGroups" . -}}{{- end -}}
{{- toYaml $context -}}
{{- end }}

{{- define "matinee.containerSecurity" -}}
{{- toYaml .Values.securityContext -}}
{{- end }}

{{/* Those of a trial database, whose image has one user. */}}
{{- define "matinee.trialPodSecurity" -}}
runAsNonRoot: true
runAsUser: 999
runAsGroup: 999
fsGroup: 999
fsGroupChangePolicy: OnRootMismatch
seccompProfile: {type: RuntimeDefault}
{{- end }}

{{- define "matinee.trialContainerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities: {drop: [ALL]}
{{- end }}

{{/* Where the pods of a workload run, and how they find other hosts. Call: (dict "root" $ "values" .Values.api "component" "api"). */}}
{{- define "matinee.placement" -}}
{{- with .root.Values.imagePullSecrets }}
imagePullSecrets: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .values.priorityClassName }}
priorityClassName: {{ . }}
{{- end }}
{{- with .values.runtimeClassName }}
runtimeClassName: {{ . }}
{{- end }}
{{- with .values.hostAliases }}
hostAliases: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .values.dnsPolicy }}
dnsPolicy: {{ . }}
{{- end }}
{{- with .values.dnsConfig }}
dnsConfig: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .values.nodeSelector }}
nodeSelector: {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .values.tolerations }}
tolerations: {{- toYaml . | nindent 2 }}
{{- end }}
{{- end }}

{{/* Affinity. If the captures can only be mounted by one node, a rule keeps the pods that mount them on one node. Kubernetes schedules
     the first of them because it matches the rule itself. A pod `besides` them, such as the backup's, follows them. */}}
{{- define "matinee.affinity" -}}
{{- $affinity := deepCopy (.values.affinity | default dict) -}}
{{- $roles := include "matinee.captureRoles" .root | fromYamlArray -}}
{{- if and (include "matinee.singleNode" .root) (or .besides (has .component $roles)) -}}
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

{{/* "true" if the migration Job is wanted, otherwise empty. By default it is, unless the Secret with the database's address does not exist
     when hooks run: it belongs to extraObjects, or another tool creates it later. */}}
{{- define "matinee.migrateJob" -}}
{{- $wanted := .Values.migrate.job.enabled -}}
{{- $secret := .Values.database.existingSecret -}}
{{- if kindIs "invalid" $wanted -}}
{{- $wanted = not (and $secret (or (not .Values.checkSecrets) (include "matinee.createdHere" (dict "root" . "secret" $secret)))) -}}
{{- end -}}
{{- if $wanted }}true{{ end -}}
{{- end }}

{{/* "true" if extraObjects create that Secret: they name it (a Secret, SealedSecret, ExternalSecret), or have CloudNativePG's Cluster, whose
     operator calls its Secret CLUSTER-app. Call: (dict "root" $ "secret" "name"). */}}
{{- define "matinee.createdHere" -}}
{{- $secret := .secret -}}
{{- range .root.Values.extraObjects -}}
{{- $object := kindIs "string" . | ternary . (toYaml .) -}}
{{- $names := list $secret -}}
{{- if regexMatch "(?m)^kind: *Cluster *$" $object -}}{{- $names = append $names (trimSuffix "-app" $secret) -}}{{- end -}}
{{- range $names -}}
{{- if regexMatch (printf "(?m)name: *[\"']?%s[\"']? *(,|}|$)" (regexQuoteMeta .)) $object }}true{{ end -}}
{{- end -}}
{{- end -}}
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

{{/* Host names by which clients reach the pods: of the Service, the Ingress and the HTTPRoute. */}}
{{- define "matinee.ownHosts" -}}
{{- $name := include "matinee.fullname" . -}}
{{- $inside := printf "%s.%s" $name .Release.Namespace -}}
{{- $hosts := list $name $inside (printf "%s.svc" $inside) (printf "%s.svc.cluster.local" $inside) -}}
{{- if .Values.ingress.enabled }}{{ range .Values.ingress.hosts }}{{ $hosts = append $hosts .host }}{{ end }}{{ end -}}
{{- if .Values.httpRoute.enabled }}{{ $hosts = concat $hosts .Values.httpRoute.hostnames }}{{ end -}}
{{ $hosts | compact | uniq | join "," }}
{{- end }}

{{/* Settings of every role that are not secret: those that the chart sets, and `settings` of the values. */}}
{{- define "matinee.settings" -}}
{{- $settings := dict "CAPTURE_DIR" (include "matinee.captureDir" .) "HOST" "0.0.0.0" "METRICS_ADDRESS" "0.0.0.0"
      "LOG_FORMAT" "json" "REDIS_PREFIX" (printf "%s.%s" .Release.Namespace (include "matinee.fullname" .)) -}}
{{- /* Behind an Ingress, all connections come from few addresses. */ -}}
{{- $_ := set $settings "CONNECTIONS_PER_ADDRESS" "1024" -}}
{{- /* No file outside these folders is opened. */ -}}
{{- $roots := list -}}
{{- range .Values.media }}{{ $roots = append $roots .mountPath }}{{ end -}}
{{- range .Values.worker.extraVolumeMounts }}{{ $roots = append $roots .mountPath }}{{ end -}}
{{- if .Values.demo.enabled }}{{ $roots = append $roots (printf "%s/demo" (include "matinee.captureDir" .)) }}{{ end -}}
{{- with $roots }}{{ $_ := set $settings "MEDIA_ROOTS" (join ":" .) }}{{ end -}}
{{- with .Values.tracing.endpoint }}{{ $_ := set $settings "OTEL_EXPORTER_OTLP_ENDPOINT" . }}{{ end -}}
{{- /* The file of MATINEE_CONFIG is only in the container api. */ -}}
{{- range $name, $value := omit .Values.settings "MATINEE_CONFIG" }}
{{- /* toString would print a large number as 5.36870912e+08. */ -}}
{{- $_ := set $settings $name (kindIs "float64" $value | ternary ($value | toJson) ($value | toString)) -}}
{{- end -}}
{{- $_ := set $settings "OWN_HOSTS" (include "matinee.ownHosts" $) -}}
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
     that waits for it at the start. Call: (dict "port" <name> "exclude" <what readiness does not ask, because all pods would fail it at
     once, and clients should have the pod's answer rather than no connection>). */}}
{{- define "matinee.probes" -}}
startupProbe:
  httpGet: {path: /livez, port: {{ .port }}}
  periodSeconds: 1
  timeoutSeconds: 2
  failureThreshold: 60
livenessProbe:
  httpGet: {path: /livez, port: {{ .port }}}
  periodSeconds: 10
  timeoutSeconds: 5
  failureThreshold: 6
readinessProbe:
  httpGet: {path: '/readyz{{ with .exclude }}?exclude={{ . }}{{ end }}', port: {{ .port }}}
  periodSeconds: 2
  timeoutSeconds: 2
  failureThreshold: 2
{{- end }}

{{/* Addresses of the media servers as variables. Their tokens are among the secrets. */}}
{{- define "matinee.mediaServerEnv" -}}
{{- range $server, $prefix := dict "plex" "PLEX" "jellyfin" "JELLYFIN" "emby" "EMBY" }}
{{- with index (include "matinee.namedServers" $ | fromYaml) $server }}
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
{{- with include "matinee.configPath" . }}
- {name: MATINEE_CONFIG, value: {{ . | quote }}}
{{- end }}
{{- end }}

{{/* A HorizontalPodAutoscaler by CPU utilization. autoscaling/v2 exists since Kubernetes 1.23. `stabilization` is in seconds. */}}
{{- define "matinee.hpa" -}}
{{- $name := printf "%s-%s" (include "matinee.fullname" .root) .component -}}
apiVersion: {{ semverCompare ">=1.23.0-0" .root.Capabilities.KubeVersion.Version | ternary "autoscaling/v2" "autoscaling/v2beta2" }}
kind: HorizontalPodAutoscaler
metadata: {{- include "matinee.metadata" (dict "root" .root "component" .component "name" $name) | nindent 2 }}
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
