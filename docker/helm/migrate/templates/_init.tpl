{{/* migrate.init: a list of one init container that migrates. Not together with migrate.job. */}}
{{- define "migrate.init" -}}
{{- include "migrate.container" (dict "values" .Values.migrate "name" "migrate"
  "command" (list "migrate" "entrypoint") "timeout" .Values.migrate.waitForServer
  "claim" .Values.migrate.claim) }}
{{- end }}

{{/* What the three have in common. */}}
{{- define "migrate.container" -}}
{{- $v := .values -}}
- name: {{ .name }}
  image: {{ required "migrate.image: the application's own, which has its migrations" $v.image }}
  imagePullPolicy: IfNotPresent
  command: {{ toJson .command }}
  {{- with $v.envFrom }}
  envFrom:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  env:
    - {name: MIGRATE_WAIT_TIMEOUT, value: {{ .timeout | quote }}}
    {{- with $v.env }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
  securityContext:
    allowPrivilegeEscalation: false
    readOnlyRootFilesystem: true
    capabilities:
      drop: [ALL]
  terminationMessagePolicy: FallbackToLogsOnError
  resources:
    {{- toYaml $v.resources | nindent 4 }}
  {{- if or $v.volumeMounts .claim }}
  volumeMounts:
    {{- if .claim }}
    - {name: migrate-backups, mountPath: /var/lib/migrate/backups}
    {{- end }}
    {{- with $v.volumeMounts }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
  {{- end }}
{{- end }}

{{/* The pod's volumes that migrate.init needs, as a list. */}}
{{- define "migrate.volumes" -}}
{{- with .Values.migrate.claim }}
- name: migrate-backups
  persistentVolumeClaim:
    claimName: {{ . }}
{{- end }}
{{- with .Values.migrate.volumes }}
{{ toYaml . }}
{{- end }}
{{- end }}
