{{/* migrate.wait: a list of one init container that waits for migrate.job, and ends with its error where it
     has failed for good. */}}
{{- define "migrate.wait" -}}
{{- include "migrate.container" (dict "values" .Values.migrate "name" "wait"
  "command" (list "migrate" "wait" "--revision" "head") "timeout" .Values.migrate.waitForMigrations) }}
{{- end }}
