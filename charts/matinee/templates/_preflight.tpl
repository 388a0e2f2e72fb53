{{/*
Refuses values that contradict each other or cannot work. Each fault is one sentence that says what is wrong and how to fix it; all are
reported at once. values.schema.json checks the form of single values.
*/}}
{{- define "matinee.preflight" -}}
{{- $faults := list -}}
{{- $v := .Values -}}

{{- if eq ($v.enabled | toString) "false" -}}
  {{- $faults = append $faults "enabled is for the condition of a parent chart (condition: matinee.enabled) and does nothing by itself: remove it." -}}
{{- end -}}

{{- /* Media servers */ -}}
{{- $named := include "matinee.namedServers" . | fromYaml -}}
{{- $servers := len (include "matinee.mediaServerUrls" . | fromYamlArray) -}}
{{- range $name, $word := dict "plex" "token" "jellyfin" "apiKey" "emby" "apiKey" -}}
  {{- $server := index $named $name -}}
  {{- $token := index $server $word -}}
  {{- if and $token $server.existingSecret -}}
    {{- $faults = append $faults (printf "mediaServers.%s.%s and mediaServers.%s.existingSecret are both set: remove the plain value." $name $word $name) -}}
  {{- end -}}
  {{- if and $server.url (not $token) (not $server.existingSecret) -}}
    {{- $faults = append $faults (printf "mediaServers.%s has a url but no credentials: set mediaServers.%s.existingSecret, or mediaServers.%s.%s." $name $name $name $word) -}}
  {{- end -}}
  {{- if and (not $server.url) (or $token $server.existingSecret) -}}
    {{- $faults = append $faults (printf "mediaServers.%s has credentials but no url: set mediaServers.%s.url." $name $name) -}}
  {{- end -}}
{{- end -}}
{{- if and (not $servers) (not $v.demo.enabled) (not (hasKey $v.settings "MATINEE_CONFIG")) -}}
  {{- $faults = append $faults "There is no media server: set mediaServers.plex, mediaServers.jellyfin or mediaServers.emby (url and credentials), or demo.enabled=true for a first look with a demo film." -}}
{{- end -}}
{{- if and $v.demo.enabled $named.jellyfin.url -}}
  {{- $faults = append $faults "demo.enabled replaces mediaServers.jellyfin, and both are set: set demo.enabled=false." -}}
{{- end -}}
{{- $known := $v.demo.enabled | ternary (list "jellyfin") list -}}
{{- range include "matinee.listedServers" . | fromYamlArray -}}
  {{- if has (lower .name) $known -}}
    {{- $faults = append $faults (printf "mediaServers has two servers with the name %q%s: give each a different name." .name (ternary ", which is the demo's too" "" (and $v.demo.enabled (eq (lower .name) "jellyfin")))) -}}
  {{- end -}}
  {{- if and .token .existingSecret -}}
    {{- $faults = append $faults (printf "mediaServers %q has a token and an existingSecret: remove the plain value." .name) -}}
  {{- else if not (or .token .existingSecret) -}}
    {{- $faults = append $faults (printf "mediaServers %q has no credentials: set its existingSecret, or its token." .name) -}}
  {{- end -}}
  {{- $known = append $known (lower .name) -}}
{{- end -}}
{{- if and (include "matinee.mediaServerFile" .) $v.settings.MATINEE_CONFIG -}}
  {{- $faults = append $faults "mediaServers is a list, which the chart writes into the file of MATINEE_CONFIG, and settings.MATINEE_CONFIG names another one: remove it." -}}
{{- end -}}

{{- /* Databases */ -}}
{{- range $name, $trial := dict "database" "postgresql" "redis" "redis" -}}
  {{- $database := index $v $name -}}
  {{- $bundled := (index $v.trial $trial).enabled -}}
  {{- if and $database.url $database.existingSecret -}}
    {{- $faults = append $faults (printf "%s.url and %s.existingSecret are both set: remove the plain value." $name $name) -}}
  {{- else if and $bundled (or $database.url $database.existingSecret) -}}
    {{- $faults = append $faults (printf "trial.%s.enabled installs a database, but %s names another one: set trial.%s.enabled=false, or remove %s." $trial $name $trial $name) -}}
  {{- else if not (or $bundled $database.url $database.existingSecret) -}}
    {{- $faults = append $faults (printf "%s is not set: set %s.existingSecret (or %s.url), or trial.%s.enabled=true for a first try." $name $name $name $trial) -}}
  {{- end -}}
{{- end -}}
{{- with $v.database.url -}}
  {{- if hasPrefix "sqlite:" . -}}
    {{- $faults = append $faults "database.url names a SQLite file, which pods cannot share: set it to postgres://user:password@host:5432/database." -}}
  {{- else if not (regexMatch "^postgres(ql)?://" .) -}}
    {{- $faults = append $faults "database.url is not the address of a PostgreSQL server: it has the form postgres://user:password@host:5432/database." -}}
  {{- end -}}
{{- end -}}
{{- with $v.redis.url -}}
  {{- if hasPrefix "rediss:" . -}}
    {{- $faults = append $faults "redis.url asks for TLS, which Matinee does not support for Redis: use redis:// inside the cluster, or a tunnel." -}}
  {{- else if not (hasPrefix "redis://" .) -}}
    {{- $faults = append $faults "redis.url is not the address of a Redis server: it has the form redis://:password@host:6379/0." -}}
  {{- end -}}
{{- end -}}

{{- /* Captures */ -}}
{{- $kinds := list -}}
{{- range list "existingClaim" "hostPath" "nfs" -}}{{- if index $v.captures . -}}{{- $kinds = append $kinds . -}}{{- end -}}{{- end -}}
{{- if gt (len $kinds) 1 -}}
  {{- $faults = append $faults (printf "captures.%s are set together: captures are on one volume, so set only one of them." (join " and captures." $kinds)) -}}
{{- end -}}
{{- if has "ReadWriteOncePod" $v.captures.accessModes -}}
  {{- $faults = append $faults "captures.accessModes is ReadWriteOncePod, but api and worker are several pods: set it to [ReadWriteMany], or to [ReadWriteOnce] with all pods on one node." -}}
{{- end -}}
{{- if and (has "ReadOnlyMany" $v.captures.accessModes) (not (has "ReadWriteMany" $v.captures.accessModes)) -}}
  {{- $faults = append $faults "captures.accessModes is ReadOnlyMany, but captures are written: set it to [ReadWriteMany] or [ReadWriteOnce]." -}}
{{- end -}}
{{- $apis := int (ternary $v.api.autoscaling.maxReplicas $v.api.replicas $v.api.autoscaling.enabled) -}}
{{- $workers := int (ternary $v.worker.replicas $v.worker.autoscaling.maxReplicas (eq $v.worker.autoscaling.mode "none")) -}}
{{- if and (has "ReadWriteOnce" $v.captures.accessModes) (not (include "matinee.capturesShared" .)) (not (include "matinee.singleNodeRequested" .)) (or (gt $apis 1) (gt $workers 1)) -}}
  {{- $faults = append $faults (printf "Only one node can mount captures with accessModes %s, but there may be %d api and %d worker pods: set captures.accessModes=[ReadWriteMany] with a storage class that supports it, or captures.singleNode=true to keep all pods on one node." (toJson $v.captures.accessModes) $apis $workers) -}}
{{- end -}}
{{- /* Kubernetes refuses a change of these fields, and the access modes of a bound claim. */ -}}
{{- if not (or $v.captures.existingClaim $v.captures.hostPath $v.captures.nfs) -}}
  {{- $faults = concat $faults (include "matinee.claimChanges" (dict "root" . "what" "captures" "values" $v.captures
        "claim" (printf "%s-captures" (include "matinee.fullname" .))) | fromYamlArray) -}}
{{- end -}}
{{- if and $v.backup.enabled (not (or $v.backup.volume.existingClaim $v.backup.volume.hostPath $v.backup.volume.nfs)) -}}
  {{- $faults = concat $faults (include "matinee.claimChanges" (dict "root" . "what" "backup.volume" "values" $v.backup.volume
        "claim" (printf "%s-backups" (include "matinee.fullname" .))) | fromYamlArray) -}}
{{- end -}}
{{- range $name, $values := $v.trial -}}
  {{- $set := lookup "apps/v1" "StatefulSet" $.Release.Namespace (printf "%s-trial-%s" (include "matinee.fullname" $) $name) -}}
  {{- if and $values.enabled $set -}}
    {{- $template := first (dig "spec" "volumeClaimTemplates" list $set) | default dict -}}
    {{- $size := dig "spec" "resources" "requests" "storage" "" $template -}}
    {{- $class := dig "spec" "storageClassName" "" $template -}}
    {{- $changed := list -}}
    {{- if ne (empty $template) (not $values.persistent) -}}{{- $changed = append $changed "persistent" -}}{{- end -}}
    {{- if and $template $values.persistent -}}
      {{- if not (eq (include "matinee.bytes" $size) (include "matinee.bytes" $values.size)) -}}{{- $changed = append $changed "size" -}}{{- end -}}
      {{- if ne $class $values.storageClassName -}}{{- $changed = append $changed "storageClassName" -}}{{- end -}}
    {{- end -}}
    {{- range $changed -}}
      {{- $faults = append $faults (printf "trial.%s.%s differs from the installed database (%s), and Kubernetes cannot change it: set it back, or move to a database of your own (docs/operations.md)." $name . (empty $template | ternary "without a volume" (printf "size %s, storageClassName %q" $size $class))) -}}
    {{- end -}}
  {{- end -}}
{{- end -}}
{{- with $v.captures.existingClaim -}}
  {{- $claim := lookup "v1" "PersistentVolumeClaim" $.Release.Namespace . -}}
  {{- if and $claim (has "ReadWriteMany" $v.captures.accessModes) (not (has "ReadWriteMany" $claim.spec.accessModes)) -}}
    {{- $faults = append $faults (printf "captures.accessModes says ReadWriteMany, but the claim %s is %s: set captures.accessModes to that." . (join ", " $claim.spec.accessModes)) -}}
  {{- end -}}
{{- end -}}

{{- /* Media files */ -}}
{{- $mounts := list -}}
{{- $names := list -}}
{{- range $v.media -}}
  {{- $sources := list -}}
  {{- $volume := . -}}
  {{- range list "nfs" "hostPath" "existingClaim" "volume" -}}{{- if index $volume . -}}{{- $sources = append $sources . -}}{{- end -}}{{- end -}}
  {{- if ne (len $sources) 1 -}}
    {{- $faults = append $faults (printf "media %q has %s: give it exactly one of nfs, hostPath, existingClaim, volume." .name (ternary "no volume" (join " and " $sources) (empty $sources))) -}}
  {{- end -}}
  {{- if has .name $names -}}
    {{- $faults = append $faults (printf "media has two entries with the name %q: give each a different name." .name) -}}
  {{- end -}}
  {{- if has .mountPath $mounts -}}
    {{- $faults = append $faults (printf "media mounts two volumes at %s: give each a different mountPath." .mountPath) -}}
  {{- end -}}
  {{- if regexMatch "^/(|data|tmp|run|var|home|root|(data/captures|etc|usr|s?bin|lib[0-9a-z]*|proc|sys|dev)(/.*)?)/?$" .mountPath -}}
    {{- $faults = append $faults (printf "media %q would be mounted at %s, which belongs to the system or to Matinee: choose another mountPath, such as /media/%s, and set pathMappings." .name .mountPath .name) -}}
  {{- end -}}
  {{- $names = append $names .name -}}
  {{- $mounts = append $mounts .mountPath -}}
{{- end -}}
{{- range $v.worker.extraVolumeMounts -}}{{- $mounts = append $mounts .mountPath -}}{{- end -}}
{{- if and $servers (not $mounts) -}}
  {{- $faults = append $faults "media is empty, so no worker could read a media file: list the volumes with the files that the media server plays." -}}
{{- end -}}
{{- $mappings := list (dict "value" "pathMappings" "pairs" $v.pathMappings) -}}
{{- range list "plex" "jellyfin" "emby" -}}
  {{- $mappings = append $mappings (dict "value" (printf "mediaServers.%s.pathMappings" .) "pairs" (index $named .).pathMappings) -}}
{{- end -}}
{{- range include "matinee.listedServers" . | fromYamlArray -}}
  {{- $mappings = append $mappings (dict "value" (printf "pathMappings of mediaServers %q" .name) "pairs" .pathMappings) -}}
{{- end -}}
{{- range $mappings -}}
  {{- $value := .value -}}
  {{- range .pairs -}}
    {{- $to := .to -}}
    {{- $found := false -}}
    {{- range $mounts -}}{{- if hasPrefix (printf "%s/" (trimSuffix "/" .)) (printf "%s/" (trimSuffix "/" $to)) -}}{{- $found = true -}}{{- end -}}{{- end -}}
    {{- if not $found -}}
      {{- $faults = append $faults (printf "%s leads to %s, which is in no volume of media (%s): correct it, or add the volume." $value $to (ternary "there is none" (join ", " $mounts) (empty $mounts))) -}}
    {{- end -}}
  {{- end -}}
{{- end -}}

{{- /* Numbers of pods */ -}}
{{- if and $v.api.autoscaling.enabled (gt (int $v.api.autoscaling.minReplicas) (int $v.api.autoscaling.maxReplicas)) -}}
  {{- $faults = append $faults "api.autoscaling.minReplicas is greater than maxReplicas: swap them." -}}
{{- end -}}
{{- with $v.worker.autoscaling -}}
  {{- if and (ne .mode "none") (gt (int .minReplicas) (int .maxReplicas)) -}}
    {{- $faults = append $faults "worker.autoscaling.minReplicas is greater than maxReplicas: swap them." -}}
  {{- end -}}
  {{- if and (eq .mode "hpa") (lt (int .minReplicas) 1) -}}
    {{- $faults = append $faults "worker.autoscaling.minReplicas is 0, but an HPA keeps at least one pod: set it to 1, or mode to keda." -}}
  {{- end -}}
  {{- if and .hpa.averageUtilization (ne .mode "hpa") -}}
    {{- $faults = append $faults (printf "worker.autoscaling.hpa is set, but the mode is %s, and two autoscalers would fight over the number of workers: set mode to hpa, or remove hpa." .mode) -}}
  {{- end -}}
{{- end -}}
{{- if eq (int $v.worker.slots) 1 -}}
  {{- $faults = append $faults "worker.slots is 1, but one slot is reserved for screenshots, so no clip would ever run: set it to 2 or more, or to 0." -}}
{{- end -}}
{{- if and (eq $v.worker.autoscaling.mode "hpa") (not (dig "requests" "cpu" "" $v.worker.resources)) -}}
  {{- $faults = append $faults "worker.autoscaling.mode is hpa, which measures the use of the requested CPU, and worker.resources.requests.cpu is not set: set it." -}}
{{- end -}}
{{- if and $v.api.autoscaling.enabled (not (dig "requests" "cpu" "" $v.api.resources)) -}}
  {{- $faults = append $faults "api.autoscaling measures the use of the requested CPU, and api.resources.requests.cpu is not set: set it." -}}
{{- end -}}

{{- /* Time to stop */ -}}
{{- $drain := add (include "matinee.apiDrain" . | int) 15 -}}
{{- if and $v.api.terminationGracePeriodSeconds (le (int $v.api.terminationGracePeriodSeconds) (int $drain)) -}}
  {{- $faults = append $faults (printf "api.terminationGracePeriodSeconds is %d, but with api.drainSeconds=%d edge and api need more than %d: raise it, or remove it." (int $v.api.terminationGracePeriodSeconds) (int $v.api.drainSeconds) (int $drain)) -}}
{{- end -}}
{{- if and $v.worker.terminationGracePeriodSeconds (le (int $v.worker.terminationGracePeriodSeconds) (int $v.worker.stopGraceSeconds)) -}}
  {{- $faults = append $faults (printf "worker.terminationGracePeriodSeconds is %d, so captures would be killed before worker.stopGraceSeconds=%d is over: raise it, or remove it." (int $v.worker.terminationGracePeriodSeconds) (int $v.worker.stopGraceSeconds)) -}}
{{- end -}}

{{- /* Settings that have a separate value */ -}}
{{- $instead := dict
    "DATABASE_URL" "database" "REDIS_URL" "redis" "DB_PATH" "database" "CAPTURE_DIR" "captures" "DATA_DIR" "captures"
    "PLEX_URL" "mediaServers.plex" "PLEX_TOKEN" "mediaServers.plex" "PLEX_PATH_MAPPINGS" "mediaServers.plex"
    "JELLYFIN_URL" "mediaServers.jellyfin" "JELLYFIN_API_KEY" "mediaServers.jellyfin" "JELLYFIN_PATH_MAPPINGS" "mediaServers.jellyfin"
    "EMBY_URL" "mediaServers.emby" "EMBY_API_KEY" "mediaServers.emby" "EMBY_PATH_MAPPINGS" "mediaServers.emby"
    "PATH_MAPPINGS" "pathMappings" "DRAIN_DELAY" "api.drainSeconds" "STOP_GRACE" "worker.stopGraceSeconds"
    "WORKER_SLOTS" "worker.slots" "WORKER_CPUS" "worker.resources" "PORT" "service.port" "API_ADDRESS" "service.port" "LIVE_ADDRESS" "service.port"
    "METRICS_PORT" "monitoring" "OWN_HOSTS" "ingress.hosts" "OTEL_EXPORTER_OTLP_ENDPOINT" "tracing.endpoint"
    "OTEL_EXPORTER_OTLP_HEADERS" "tracing" "OTEL_EXPORTER_OTLP_TRACES_HEADERS" "tracing" -}}
{{- range $name, $value := $v.settings -}}
  {{- with index $instead $name -}}
    {{- $faults = append $faults (printf "settings.%s cannot be set here: set %s instead." $name .) -}}
  {{- end -}}
{{- end -}}

{{- /* The rest */ -}}
{{- if and $v.tracing.headers $v.tracing.existingSecret -}}
  {{- $faults = append $faults "tracing.headers and tracing.existingSecret are both set: remove the plain value." -}}
{{- end -}}
{{- if and $v.monitoring.serviceMonitor.enabled $v.monitoring.podMonitor.enabled -}}
  {{- $faults = append $faults "monitoring.serviceMonitor and monitoring.podMonitor are both enabled, so each pod would be scraped twice: enable one." -}}
{{- end -}}
{{- with $v.podSecurityContext -}}
  {{- if and .runAsNonRoot (eq (.runAsUser | toString) "0") -}}
    {{- $faults = append $faults "podSecurityContext.runAsUser is 0, but no process of Matinee runs as root: set it to the user that owns the files." -}}
  {{- end -}}
{{- end -}}
{{- if ne $v.service.type "LoadBalancer" -}}
  {{- range list "loadBalancerClass" "loadBalancerSourceRanges" -}}
    {{- if index $v.service . -}}
      {{- $faults = append $faults (printf "service.%s is set, but service.type is %s: set service.type=LoadBalancer." . $v.service.type) -}}
    {{- end -}}
  {{- end -}}
{{- end -}}
{{- if and $v.service.externalTrafficPolicy (eq $v.service.type "ClusterIP") -}}
  {{- $faults = append $faults "service.externalTrafficPolicy is set, but service.type is ClusterIP: set service.type=NodePort or LoadBalancer." -}}
{{- end -}}
{{- range $v.ingress.hosts -}}
  {{- if and .paths (or .path .pathType) -}}
    {{- $faults = append $faults (printf "ingress.hosts has path and paths for %s: set only one of them." .host) -}}
  {{- end -}}
{{- end -}}
{{- $alerts := dict -}}
{{- range (.Files.Get "files/alerts.yaml" | fromYaml).groups -}}
  {{- range .rules -}}
    {{- if .alert -}}{{- $_ := set $alerts .alert (append (index $alerts .alert | default list) .expr) -}}{{- end -}}
  {{- end -}}
{{- end -}}
{{- range $name, $change := $v.monitoring.alerts -}}
  {{- $expressions := index $alerts $name -}}
  {{- if not $expressions -}}
    {{- $faults = append $faults (printf "monitoring.alerts.%s is unknown: the alerts are %s." $name (keys $alerts | sortAlpha | join ", ")) -}}
  {{- else if not (kindIs "invalid" $change.threshold) -}}
    {{- if or (gt (len $expressions) 1) (ne (len (regexFindAll (include "matinee.comparison" $) (first $expressions) -1)) 1) -}}
      {{- $faults = append $faults (printf "monitoring.alerts.%s.threshold cannot be set, because this alert does not compare with a single number: switch it off by enabled=false, and add a rule of your own." $name) -}}
    {{- end -}}
  {{- end -}}
{{- end -}}
{{- with $v.backup -}}
  {{- if .enabled -}}
    {{- $places := list -}}
    {{- $volume := .volume -}}
    {{- range list "existingClaim" "hostPath" "nfs" -}}{{- if index $volume . -}}{{- $places = append $places . -}}{{- end -}}{{- end -}}
    {{- if gt (len $places) 1 -}}
      {{- $faults = append $faults (printf "backup.volume.%s are set together: set only one of them." (join " and backup.volume." $places)) -}}
    {{- end -}}
  {{- end -}}
{{- end -}}
{{- if and $v.ingress.enabled (not $v.ingress.hosts) -}}
  {{- $faults = append $faults "ingress.enabled is set, but ingress.hosts is empty: name a host, for example ingress.hosts[0].host=matinee.home." -}}
{{- end -}}
{{- if and $v.httpRoute.enabled (not $v.httpRoute.parentRefs) -}}
  {{- $faults = append $faults "httpRoute.enabled is set, but httpRoute.parentRefs is empty: name the Gateway that it belongs to." -}}
{{- end -}}
{{- if and $v.service.nodePort (eq $v.service.type "ClusterIP") -}}
  {{- $faults = append $faults "service.nodePort is set, but service.type is ClusterIP: set service.type=NodePort." -}}
{{- end -}}

{{- /* Secrets of the user. The ConfigMap is in every namespace: if it is not found, Helm renders without a cluster. */ -}}
{{- if and $v.checkSecrets (lookup "v1" "ConfigMap" .Release.Namespace "kube-root-ca.crt") -}}
  {{- $ours := list (include "matinee.fullname" .) (printf "%s-trial" (include "matinee.fullname" .)) -}}
  {{- range include "matinee.secrets" . | fromYamlArray -}}
    {{- if not (or (has .secret $ours) (include "matinee.createdHere" (dict "root" $ "secret" .secret))) -}}
      {{- $for := empty .server | ternary .variable (printf "mediaServers %s" .server) -}}
      {{- $secret := lookup "v1" "Secret" $.Release.Namespace .secret -}}
      {{- if not $secret -}}
        {{- $faults = append $faults (printf "There is no Secret %s in the namespace %s for %s: create it, for example by kubectl create secret generic %s --from-literal=%s=…" .secret $.Release.Namespace $for .secret .key) -}}
      {{- else if not (hasKey ($secret.data | default dict) .key) -}}
        {{- $faults = append $faults (printf "The Secret %s has no key %s for %s: add it, or name another one by existingSecretKey (it has %s)." .secret .key $for (keys ($secret.data | default dict) | sortAlpha | join ", ")) -}}
      {{- end -}}
    {{- end -}}
  {{- end -}}
{{- end -}}

{{- if $faults -}}
  {{- fail (printf "\n\n%s\n" (join "\n" $faults)) -}}
{{- end -}}
{{- end }}

{{/* Sentences about values that an existing claim of the release has otherwise, as a YAML list. Call: (dict "root" $ "what" "captures"
     "values" .Values.captures "claim" "name"). */}}
{{- define "matinee.claimChanges" -}}
{{- $what := .what -}}
{{- $changes := list -}}
{{- with lookup "v1" "PersistentVolumeClaim" .root.Release.Namespace .claim -}}
{{- $there := dict "accessModes" (join ", " (sortAlpha .spec.accessModes)) "storageClassName" (.spec.storageClassName | default "") -}}
{{- $asked := dict "accessModes" (join ", " (sortAlpha $.values.accessModes)) "storageClassName" ($.values.storageClassName | default $there.storageClassName) -}}
{{- range $field, $value := $asked -}}
{{- if ne $value (index $there $field) -}}
{{- $changes = append $changes (printf "%s.%s is %q, but the claim %s was made with %q, and Kubernetes cannot change it: set it back, or move to another volume (docs/operations.md)." $what $field $value $.claim (index $there $field)) -}}
{{- end -}}
{{- end -}}
{{- $size := dig "resources" "requests" "storage" "" .spec -}}
{{- if and $size (lt (include "matinee.bytes" $.values.size | float64) (include "matinee.bytes" $size | float64)) -}}
{{- $changes = append $changes (printf "%s.size is %s, but the claim %s has %s, and a claim can only grow: set it back, or move to another volume (docs/operations.md)." $what $.values.size $.claim $size) -}}
{{- end -}}
{{- end -}}
{{- toYaml $changes -}}
{{- end }}

{{/* A quantity of Kubernetes in bytes. */}}
{{- define "matinee.bytes" -}}
{{- $factors := dict "k" 1e3 "M" 1e6 "G" 1e9 "T" 1e12 "Ki" 1024.0 "Mi" 1048576.0 "Gi" 1073741824.0 "Ti" 1099511627776.0 -}}
{{- $unit := regexFind "[A-Za-z]+$" . -}}
{{- mulf (trimSuffix $unit . | float64) (index $factors $unit | default 1.0) | printf "%.0f" -}}
{{- end }}
