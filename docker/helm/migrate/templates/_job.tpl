{{/* migrate.job: a Job of this revision of the release. An ordinary one: a pre-install hook would run before
     the Secret, the ConfigMap and the claim are there, a post-install hook with --wait after pods that wait
     for it. helm upgrade deletes the last revision's. */}}
{{- define "migrate.job" -}}
apiVersion: batch/v1
kind: Job
metadata:
  name: {{ printf "%s-migrate-%d" (.Release.Name | trunc 40) .Release.Revision }}
  labels: {app.kubernetes.io/instance: {{ .Release.Name }}, app.kubernetes.io/component: migrate}
spec:
  backoffLimit: 2
  # No activeDeadlineSeconds: it would end a long backup, or a migration in the middle.
  podFailurePolicy:
    rules:
      # A node that is drained or lost says nothing about the migration.
      - action: Ignore
        onPodConditions:
          - type: DisruptionTarget
            status: "True"
      # What another try does not change: one pod is enough to know it.
      - action: FailJob
        onExitCodes:
          containerName: migrate
          operator: In
          values: [2, 3, 6, 7, 8, 10, 11, 126, 127]
  template:
    metadata:
      labels: {app.kubernetes.io/instance: {{ .Release.Name }}, app.kubernetes.io/component: migrate}
    spec:
      restartPolicy: Never
      automountServiceAccountToken: false
      enableServiceLinks: false
      terminationGracePeriodSeconds: 30
      securityContext:
        {{- toYaml .Values.migrate.podSecurityContext | nindent 8 }}
      containers:
        {{- include "migrate.init" . | nindent 8 }}
      {{- with include "migrate.volumes" . }}
      volumes:
        {{- . | trim | nindent 8 }}
      {{- end }}
{{- end }}
