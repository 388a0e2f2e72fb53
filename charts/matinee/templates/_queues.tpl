{{/* The table of queues, as the program names them: `name` is also the label `queue` of its metrics, `stream` its key in Redis. KEDA's
     triggers are made from it, and a test holds it against the alerts and dashboards. */}}
{{- define "matinee.queues" -}}
- {name: screenshot, stream: 'matinee:jobs:screenshot'}
- {name: clip, stream: 'matinee:jobs:clip'}
- {name: background, stream: 'matinee:jobs:background'}
{{- end }}

{{/* The consumer group of the workers in each of these streams. */}}
{{- define "matinee.consumerGroup" -}}workers{{- end }}
