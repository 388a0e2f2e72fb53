{{/* The table of queues, as the program names them: the label `queue` of its metrics, and `name` in GET /api/jobs. KEDA's triggers are
     made from it, and a test holds it against the alerts and dashboards. */}}
{{- define "matinee.queues" -}}
- screenshot
- clip
- screenshot_bulk
- clip_bulk
- background
{{- end }}
