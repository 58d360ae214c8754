SELECT p.command || ': ' || p.phase, p.done, p.total, p.unit
  FROM (SELECT pid, command, phase, blocks_done AS done, blocks_total AS total, 'blocks' AS unit
          FROM pg_catalog.pg_stat_progress_create_index
        UNION ALL
        SELECT pid, command, phase, heap_blks_scanned, heap_blks_total, 'blocks'
          FROM pg_catalog.pg_stat_progress_cluster
        UNION ALL
        SELECT pid, 'VACUUM', phase, heap_blks_scanned, heap_blks_total, 'blocks'
          FROM pg_catalog.pg_stat_progress_vacuum
        UNION ALL
        SELECT pid, 'ANALYZE', phase, sample_blks_scanned, sample_blks_total, 'blocks'
          FROM pg_catalog.pg_stat_progress_analyze
        UNION ALL
        SELECT pid, command, 'rows', tuples_processed, 0, 'rows'
          FROM pg_catalog.pg_stat_progress_copy) p
 WHERE p.pid = $1::pg_catalog.int4
