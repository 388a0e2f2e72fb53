{{/*
The table of roles: one Deployment each, which matinee.workload renders. A new role is an entry here and a section of values.yaml for it
and for each container with another name: `replicas`, `resources`, placement, `extraEnv` and so on. All keys:

  name            of the role: label app.kubernetes.io/component, suffix of the Deployment, section of values.yaml
  enabled         whether it is installed
  single          always one pod, replaced by Recreate; otherwise RollingUpdate, and a PodDisruptionBudget
  autoscaled      the number of pods is an autoscaler's: the Deployment has no `replicas`
  graceSeconds    terminationGracePeriodSeconds; without it Kubernetes' 30
  configured      it reads the ConfigMap, and a change of the settings or of a secret replaces its pods
  needs           groups of matinee.secrets: database, redis, mediaServers, tracing. `database` brings the init container `migrate`
  containers      in their order in the pod:
    name          of the container, section of values.yaml
    args          of the program
    ports         named ports. Prometheus scrapes those whose name ends in `metrics`
    env           what the chart sets, before the secrets and `extraEnv`
    mounts        of captures, secrets, media, config. /tmp and /data are always mounted
    readOnly      which of these it must not write to (the others but the captures never are)
    probes        startupProbe, livenessProbe, readinessProbe
*/}}
{{- define "matinee.roles" -}}
- name: api
  enabled: true
  autoscaled: {{ .Values.api.autoscaling.enabled }}
  graceSeconds: {{ include "matinee.apiGrace" . }}
  configured: true
  needs: [database, redis, mediaServers, tracing]
  containers:
    # The two containers share a network: each has its own metrics port.
    - name: edge
      args: [edge]
      ports:
        - {name: http, containerPort: 8787, protocol: TCP}
        - {name: edge-metrics, containerPort: 9465, protocol: TCP}
      env:
        - {name: PORT, value: '8787'}
        - {name: API_ADDRESS, value: '127.0.0.1:8780'}
        - {name: LIVE_ADDRESS, value: '{{ include "matinee.fullname" . }}-live:8782'}
        - {name: METRICS_PORT, value: '9465'}
        - {name: DRAIN_DELAY, value: {{ .Values.api.drainSeconds }}s}
      mounts: [captures]
      readOnly: [captures]
      probes: {{- include "matinee.probes" (dict "port" "edge-metrics" "exclude" "api") | nindent 8 }}
    - name: api
      args: [api]
      ports:
        - {name: metrics, containerPort: 9464, protocol: TCP}
      env:
        - {name: API_ADDRESS, value: '127.0.0.1:8780'}
        - {name: METRICS_PORT, value: '9464'}
        # It serves until the edge has drained.
        - {name: DRAIN_DELAY, value: {{ include "matinee.apiDrain" . }}s}
        {{- include "matinee.mediaServerEnv" . | nindent 8 }}
      mounts: [captures, secrets, media, config]
      probes: {{- include "matinee.probes" (dict "port" "metrics" "exclude" "database") | nindent 8 }}

- name: live
  enabled: true
  configured: true
  needs: [redis, tracing]
  containers:
    - name: live
      args: [live]
      ports:
        - {name: events, containerPort: 8782, protocol: TCP}
        - {name: metrics, containerPort: 9464, protocol: TCP}
      env:
        # HOST is `::` in a cluster with IPv6.
        - {name: LIVE_ADDRESS, value: '{{ eq (.Values.settings.HOST | default "") "::" | ternary "[::]" "0.0.0.0" }}:8782'}
        - {name: METRICS_PORT, value: '9464'}
        - {name: DRAIN_DELAY, value: {{ .Values.api.drainSeconds }}s}
      mounts: [secrets]
      probes: {{- include "matinee.probes" (dict "port" "metrics") | nindent 8 }}

- name: worker
  enabled: true
  autoscaled: {{ ne .Values.worker.autoscaling.mode "none" }}
  graceSeconds: {{ include "matinee.workerGrace" . }}
  configured: true
  needs: [database, redis, tracing]
  containers:
    - name: worker
      args: [worker]
      ports:
        - {name: metrics, containerPort: 9464, protocol: TCP}
      env:
        - {name: METRICS_PORT, value: '9464'}
        - {name: STOP_GRACE, value: {{ .Values.worker.stopGraceSeconds }}s}
        # Slots follow the request: there is no limit, and a worker would count on all processors of the node.
        - name: WORKER_CPUS
          valueFrom: {resourceFieldRef: {containerName: worker, resource: requests.cpu, divisor: '1'}}
        {{- with .Values.worker.slots }}
        - {name: WORKER_SLOTS, value: {{ . | quote }}}
        {{- end }}
      mounts: [captures, secrets, media]
      probes: {{- include "matinee.probes" (dict "port" "metrics") | nindent 8 }}

- name: demo
  enabled: {{ .Values.demo.enabled }}
  # Two pods would write the demo film at the same time.
  single: true
  containers:
    - name: demo
      args: [demo, --address, 0.0.0.0, --port, '8096']
      ports:
        - {name: http, containerPort: 8096, protocol: TCP}
      env:
        # Beside the captures: the one volume that the workers see under the same path.
        - {name: DATA_DIR, value: {{ include "matinee.captureDir" . }}}
      mounts: [captures]
      # It answers once the demo film is written.
      probes:
        startupProbe:
          httpGet: {path: /System/Info/Public, port: http}
          periodSeconds: 1
          failureThreshold: 600
        readinessProbe:
          httpGet: {path: /System/Info/Public, port: http}
          periodSeconds: 5
        livenessProbe:
          httpGet: {path: /System/Info/Public, port: http}
          periodSeconds: 20
          timeoutSeconds: 5
{{- end }}

{{/* Names of the roles with a container that mounts the captures, as a YAML list. */}}
{{- define "matinee.captureRoles" -}}
{{- $names := list -}}
{{- range $role := include "matinee.roles" . | fromYamlArray -}}
{{- range $role.containers -}}
{{- if has "captures" .mounts -}}{{- $names = append $names $role.name | uniq -}}{{- end -}}
{{- end -}}
{{- end -}}
{{- toJson $names -}}
{{- end }}

{{/* Ports that Prometheus scrapes of one role, as a YAML list; those of the last container first. Call: with an entry of the table. */}}
{{- define "matinee.metricsPorts" -}}
{{- $ports := list -}}
{{- range .containers -}}
{{- range .ports -}}
{{- if hasSuffix "metrics" .name -}}{{- $ports = prepend $ports . -}}{{- end -}}
{{- end -}}
{{- end -}}
{{- toYaml $ports -}}
{{- end }}

{{/* Names of the roles that Prometheus scrapes, as a YAML list. */}}
{{- define "matinee.scrapedRoles" -}}
{{- $names := list -}}
{{- range include "matinee.roles" . | fromYamlArray -}}
{{- if include "matinee.metricsPorts" . | fromYamlArray -}}{{- $names = append $names .name -}}{{- end -}}
{{- end -}}
{{- toJson $names -}}
{{- end }}
