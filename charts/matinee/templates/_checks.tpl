{{/*
What contradicts itself, or cannot work: each fault one sentence that says what is wrong and how to mend it, all of them at once.
The form of single values is checked by values.schema.json.
*/}}
{{- define "matinee.checks" -}}
{{- $faults := list -}}
{{- $v := .Values -}}

{{- /* Media servers */ -}}
{{- $servers := 0 -}}
{{- range $name, $word := dict "plex" "token" "jellyfin" "apiKey" "emby" "apiKey" -}}
  {{- $server := index $v.mediaServers $name -}}
  {{- $token := index $server $word -}}
  {{- if $server.url -}}{{- $servers = add1 $servers -}}{{- end -}}
  {{- if and $token $server.existingSecret -}}
    {{- $faults = append $faults (printf "mediaServers.%s.%s and mediaServers.%s.existingSecret are both set: leave the one in plain values away." $name $word $name) -}}
  {{- end -}}
  {{- if and $server.url (not $token) (not $server.existingSecret) -}}
    {{- $faults = append $faults (printf "mediaServers.%s has a url but no credentials: set mediaServers.%s.existingSecret, or mediaServers.%s.%s." $name $name $name $word) -}}
  {{- end -}}
  {{- if and (not $server.url) (or $token $server.existingSecret) -}}
    {{- $faults = append $faults (printf "mediaServers.%s has credentials but no url: set mediaServers.%s.url." $name $name) -}}
  {{- end -}}
{{- end -}}
{{- if and (not $servers) (not $v.demo.enabled) (not (hasKey $v.settings "MATINEE_CONFIG")) -}}
  {{- $faults = append $faults "There is no media server: set mediaServers.plex, mediaServers.jellyfin or mediaServers.emby (url and credentials), or demo.enabled=true to look around with a demo film." -}}
{{- end -}}
{{- if and $v.demo.enabled $v.mediaServers.jellyfin.url -}}
  {{- $faults = append $faults "demo.enabled takes the place of mediaServers.jellyfin, and both are set: set demo.enabled=false." -}}
{{- end -}}

{{- /* Databases */ -}}
{{- range $name, $trial := dict "database" "postgresql" "redis" "redis" -}}
  {{- $of := index $v $name -}}
  {{- $bundled := (index $v.trial $trial).enabled -}}
  {{- if and $of.url $of.existingSecret -}}
    {{- $faults = append $faults (printf "%s.url and %s.existingSecret are both set: leave the one in plain values away." $name $name) -}}
  {{- else if and $bundled (or $of.url $of.existingSecret) -}}
    {{- $faults = append $faults (printf "trial.%s.enabled brings a database along, but %s names another one: set trial.%s.enabled=false, or leave %s away." $trial $name $trial $name) -}}
  {{- else if not (or $bundled $of.url $of.existingSecret) -}}
    {{- $faults = append $faults (printf "%s is not set: set %s.existingSecret (or %s.url), or for a first try trial.%s.enabled=true." $name $name $name $trial) -}}
  {{- end -}}
{{- end -}}
{{- with $v.database.url -}}
  {{- if hasPrefix "sqlite:" . -}}
    {{- $faults = append $faults "database.url names a SQLite file, which pods cannot share: set it to postgres://user:password@host:5432/database." -}}
  {{- else if not (regexMatch "^postgres(ql)?://" .) -}}
    {{- $faults = append $faults "database.url is no address of a PostgreSQL: it has the form postgres://user:password@host:5432/database." -}}
  {{- end -}}
{{- end -}}
{{- with $v.redis.url -}}
  {{- if hasPrefix "rediss:" . -}}
    {{- $faults = append $faults "redis.url asks for TLS, which Matinee does not speak to Redis: use redis:// inside the cluster, or a tunnel." -}}
  {{- else if not (hasPrefix "redis://" .) -}}
    {{- $faults = append $faults "redis.url is no address of a Redis: it has the form redis://:password@host:6379/0." -}}
  {{- end -}}
{{- end -}}

{{- /* Captures */ -}}
{{- $kinds := list -}}
{{- range list "existingClaim" "hostPath" "nfs" -}}{{- if index $v.captures . -}}{{- $kinds = append $kinds . -}}{{- end -}}{{- end -}}
{{- if gt (len $kinds) 1 -}}
  {{- $faults = append $faults (printf "captures.%s are set together: captures lie on one volume, so leave one of them." (join " and captures." $kinds)) -}}
{{- end -}}
{{- if has "ReadWriteOncePod" $v.captures.accessModes -}}
  {{- $faults = append $faults "captures.accessModes is ReadWriteOncePod, but api and worker are several pods: set it to [ReadWriteMany], or to [ReadWriteOnce] with all pods on one node." -}}
{{- end -}}
{{- if and (has "ReadOnlyMany" $v.captures.accessModes) (not (has "ReadWriteMany" $v.captures.accessModes)) -}}
  {{- $faults = append $faults "captures.accessModes is ReadOnlyMany, but captures are written: set it to [ReadWriteMany] or [ReadWriteOnce]." -}}
{{- end -}}
{{- $apis := int (ternary $v.api.autoscaling.maxReplicas $v.api.replicas $v.api.autoscaling.enabled) -}}
{{- $workers := int (ternary $v.worker.replicas $v.worker.autoscaling.maxReplicas (eq $v.worker.autoscaling.mode "none")) -}}
{{- if and (has "ReadWriteOnce" $v.captures.accessModes) (not (include "matinee.capturesShared" .)) (not $v.captures.oneNode) (or (gt $apis 1) (gt $workers 1)) -}}
  {{- $faults = append $faults (printf "One node alone can mount captures of accessModes %s, but there may be %d api and %d worker pods: set captures.accessModes=[ReadWriteMany] with a storage class that can do so, or captures.oneNode=true to keep them all on one node." (toJson $v.captures.accessModes) $apis $workers) -}}
{{- end -}}
{{- with $v.captures.existingClaim -}}
  {{- $claim := lookup "v1" "PersistentVolumeClaim" $.Release.Namespace . -}}
  {{- if and $claim (has "ReadWriteMany" $v.captures.accessModes) (not (has "ReadWriteMany" $claim.spec.accessModes)) -}}
    {{- $faults = append $faults (printf "captures.accessModes says ReadWriteMany, but the claim %s is %s: set captures.accessModes to what it is." . (join ", " $claim.spec.accessModes)) -}}
  {{- end -}}
{{- end -}}

{{- /* Films */ -}}
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
    {{- $faults = append $faults (printf "media has two entries of the name %q: give each a name of its own." .name) -}}
  {{- end -}}
  {{- if has .mountPath $mounts -}}
    {{- $faults = append $faults (printf "media mounts two volumes at %s: give each a mountPath of its own." .mountPath) -}}
  {{- end -}}
  {{- if regexMatch "^/(|data|tmp|run|var|home|root|(data/captures|etc|usr|s?bin|lib[0-9a-z]*|proc|sys|dev)(/.*)?)/?$" .mountPath -}}
    {{- $faults = append $faults (printf "media %q would be mounted at %s, which belongs to the system or to Matinee: choose another mountPath, such as /media/%s, and say so by pathMappings." .name .mountPath .name) -}}
  {{- end -}}
  {{- $names = append $names .name -}}
  {{- $mounts = append $mounts .mountPath -}}
{{- end -}}
{{- range $v.worker.extraVolumeMounts -}}{{- $mounts = append $mounts .mountPath -}}{{- end -}}
{{- if and $servers (not $mounts) -}}
  {{- $faults = append $faults "media is empty, so no worker could read a film: list the volumes with the films that the media server plays." -}}
{{- end -}}
{{- $mappings := list (dict "at" "pathMappings" "of" $v.pathMappings) -}}
{{- range list "plex" "jellyfin" "emby" -}}
  {{- $mappings = append $mappings (dict "at" (printf "mediaServers.%s.pathMappings" .) "of" (index $v.mediaServers .).pathMappings) -}}
{{- end -}}
{{- range $mappings -}}
  {{- $at := .at -}}
  {{- range .of -}}
    {{- $to := .to -}}
    {{- $found := false -}}
    {{- range $mounts -}}{{- if hasPrefix (printf "%s/" (trimSuffix "/" .)) (printf "%s/" (trimSuffix "/" $to)) -}}{{- $found = true -}}{{- end -}}{{- end -}}
    {{- if not $found -}}
      {{- $faults = append $faults (printf "%s leads to %s, which lies in no volume of media (%s): correct it, or add the volume." $at $to (ternary "there is none" (join ", " $mounts) (empty $mounts))) -}}
    {{- end -}}
  {{- end -}}
{{- end -}}

{{- /* How many */ -}}
{{- if and $v.api.autoscaling.enabled (gt (int $v.api.autoscaling.minReplicas) (int $v.api.autoscaling.maxReplicas)) -}}
  {{- $faults = append $faults "api.autoscaling.minReplicas is greater than maxReplicas: turn them round." -}}
{{- end -}}
{{- with $v.worker.autoscaling -}}
  {{- if and (ne .mode "none") (gt (int .minReplicas) (int .maxReplicas)) -}}
    {{- $faults = append $faults "worker.autoscaling.minReplicas is greater than maxReplicas: turn them round." -}}
  {{- end -}}
  {{- if and (eq .mode "hpa") (lt (int .minReplicas) 1) -}}
    {{- $faults = append $faults "worker.autoscaling.minReplicas is 0, but an HPA keeps one at least: set it to 1, or mode to keda." -}}
  {{- end -}}
  {{- $keda := or .keda.address .keda.existingSecret -}}
  {{- if and $keda (ne .mode "keda") -}}
    {{- $faults = append $faults (printf "worker.autoscaling.keda is set, but the mode is %s, and two that decide about the number of workers would fight: set mode to keda, or leave keda away." .mode) -}}
  {{- end -}}
  {{- if and .hpa.averageUtilization (ne .mode "hpa") -}}
    {{- $faults = append $faults (printf "worker.autoscaling.hpa is set, but the mode is %s, and two that decide about the number of workers would fight: set mode to hpa, or leave hpa away." .mode) -}}
  {{- end -}}
  {{- if and (eq .mode "keda") $v.redis.existingSecret (not .keda.address) -}}
    {{- $faults = append $faults "worker.autoscaling.mode is keda, which cannot read the address in redis.existingSecret: set worker.autoscaling.keda.address to host:port, and existingSecret to a Secret with the password alone." -}}
  {{- end -}}
{{- end -}}
{{- if and (eq $v.worker.autoscaling.mode "keda") $v.redis.url (not $v.worker.autoscaling.keda.existingSecret) -}}
  {{- if contains "%" ((urlParse $v.redis.url).userinfo | default "") -}}
    {{- $faults = append $faults "worker.autoscaling.mode is keda, which wants the password of redis.url without %XX: set worker.autoscaling.keda.existingSecret to a Secret with the password alone." -}}
  {{- end -}}
{{- end -}}
{{- if eq (int $v.worker.slots) 1 -}}
  {{- $faults = append $faults "worker.slots is 1, but one slot is always kept for screenshots, so no clip would ever be made: set it to 2 or more, or to 0." -}}
{{- end -}}
{{- if and (eq $v.worker.autoscaling.mode "hpa") (not (dig "requests" "cpu" "" $v.worker.resources)) -}}
  {{- $faults = append $faults "worker.autoscaling.mode is hpa, which measures against what is requested, and worker.resources.requests.cpu is not set: set it." -}}
{{- end -}}
{{- if and $v.api.autoscaling.enabled (not (dig "requests" "cpu" "" $v.api.resources)) -}}
  {{- $faults = append $faults "api.autoscaling measures against what is requested, and api.resources.requests.cpu is not set: set it." -}}
{{- end -}}

{{- /* Time to end */ -}}
{{- $drain := add (include "matinee.apiDrain" . | int) 15 -}}
{{- if and $v.api.terminationGracePeriodSeconds (le (int $v.api.terminationGracePeriodSeconds) (int $drain)) -}}
  {{- $faults = append $faults (printf "api.terminationGracePeriodSeconds is %d, but with api.drainSeconds=%d edge and api need more than %d: raise it, or leave it away." (int $v.api.terminationGracePeriodSeconds) (int $v.api.drainSeconds) (int $drain)) -}}
{{- end -}}
{{- if and $v.worker.terminationGracePeriodSeconds (le (int $v.worker.terminationGracePeriodSeconds) (int $v.worker.stopGraceSeconds)) -}}
  {{- $faults = append $faults (printf "worker.terminationGracePeriodSeconds is %d, so captures would be killed before worker.stopGraceSeconds=%d is over: raise it, or leave it away." (int $v.worker.terminationGracePeriodSeconds) (int $v.worker.stopGraceSeconds)) -}}
{{- end -}}

{{- /* Settings that have a value of their own */ -}}
{{- $instead := dict
    "DATABASE_URL" "database" "REDIS_URL" "redis" "DB_PATH" "database" "CAPTURE_DIR" "captures" "DATA_DIR" "captures"
    "PLEX_URL" "mediaServers.plex" "PLEX_TOKEN" "mediaServers.plex" "PLEX_PATH_MAPPINGS" "mediaServers.plex"
    "JELLYFIN_URL" "mediaServers.jellyfin" "JELLYFIN_API_KEY" "mediaServers.jellyfin" "JELLYFIN_PATH_MAPPINGS" "mediaServers.jellyfin"
    "EMBY_URL" "mediaServers.emby" "EMBY_API_KEY" "mediaServers.emby" "EMBY_PATH_MAPPINGS" "mediaServers.emby"
    "PATH_MAPPINGS" "pathMappings" "DRAIN_DELAY" "api.drainSeconds" "STOP_GRACE" "worker.stopGraceSeconds"
    "WORKER_SLOTS" "worker.slots" "WORKER_CPUS" "worker.resources" "PORT" "service.port" "API_ADDRESS" "service.port"
    "METRICS_PORT" "monitoring" "OTEL_EXPORTER_OTLP_ENDPOINT" "tracing.endpoint"
    "OTEL_EXPORTER_OTLP_HEADERS" "tracing" "OTEL_EXPORTER_OTLP_TRACES_HEADERS" "tracing" -}}
{{- range $name, $value := $v.settings -}}
  {{- with index $instead $name -}}
    {{- $faults = append $faults (printf "settings.%s is not for here: set %s instead." $name .) -}}
  {{- end -}}
{{- end -}}

{{- /* The rest */ -}}
{{- if and $v.tracing.headers $v.tracing.existingSecret -}}
  {{- $faults = append $faults "tracing.headers and tracing.existingSecret are both set: leave the one in plain values away." -}}
{{- end -}}
{{- if and $v.monitoring.serviceMonitor.enabled $v.monitoring.podMonitor.enabled -}}
  {{- $faults = append $faults "monitoring.serviceMonitor and monitoring.podMonitor are both enabled, so each pod would be scraped twice: enable one." -}}
{{- end -}}
{{- if and $v.ingress.enabled (not $v.ingress.hosts) -}}
  {{- $faults = append $faults "ingress.enabled is set, but ingress.hosts is empty: name a host, as in ingress.hosts[0].host=matinee.home." -}}
{{- end -}}
{{- if and $v.httpRoute.enabled (not $v.httpRoute.parentRefs) -}}
  {{- $faults = append $faults "httpRoute.enabled is set, but httpRoute.parentRefs is empty: name the Gateway that it belongs to." -}}
{{- end -}}
{{- if and $v.service.nodePort (eq $v.service.type "ClusterIP") -}}
  {{- $faults = append $faults "service.nodePort is set, but service.type is ClusterIP: set service.type=NodePort." -}}
{{- end -}}

{{- /* Secrets of the user's. That ConfigMap is in every namespace: without it there is no cluster to ask. */ -}}
{{- if and $v.checkSecrets (lookup "v1" "ConfigMap" .Release.Namespace "kube-root-ca.crt") -}}
  {{- $own := list (include "matinee.fullname" .) (printf "%s-trial" (include "matinee.fullname" .)) -}}
  {{- range include "matinee.secrets" . | fromYamlArray -}}
    {{- if not (has .secret $own) -}}
      {{- $secret := lookup "v1" "Secret" $.Release.Namespace .secret -}}
      {{- if not $secret -}}
        {{- $faults = append $faults (printf "There is no Secret %s in the namespace %s, which is to hold %s: create it, for example by kubectl create secret generic %s --from-literal=%s=…" .secret $.Release.Namespace .variable .secret .key) -}}
      {{- else if not (hasKey ($secret.data | default dict) .key) -}}
        {{- $faults = append $faults (printf "The Secret %s has no key %s, which is to hold %s: add it, or name another by existingSecretKey (it has %s)." .secret .key .variable (keys ($secret.data | default dict) | sortAlpha | join ", ")) -}}
      {{- end -}}
    {{- end -}}
  {{- end -}}
{{- end -}}

{{- if $faults -}}
  {{- fail (printf "\n\n%s\n" (join "\n" $faults)) -}}
{{- end -}}
{{- end }}
