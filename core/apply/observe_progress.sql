SELECT p.command || COALESCE(': ' || NULLIF(p.phase, ''), ''),
       CASE WHEN p.blocks > 0 THEN p.blocks_done ELSE p.rows_done END,
       CASE WHEN p.blocks > 0 THEN p.blocks ELSE p.rows END,
       CASE WHEN p.blocks > 0 THEN 'blocks' ELSE 'rows' END
  FROM (SELECT pid, command, phase, blocks_done, blocks_total AS blocks, tuples_done AS rows_done,
               tuples_total AS rows
          FROM pg_catalog.pg_stat_progress_create_index
        UNION ALL
        SELECT pid, command, phase, heap_blks_scanned, heap_blks_total,
               CASE WHEN heap_tuples_written > 0 THEN heap_tuples_written ELSE heap_tuples_scanned END, 0
          FROM pg_catalog.pg_stat_progress_cluster
        UNION ALL
        SELECT pid, 'VACUUM', phase, heap_blks_scanned, heap_blks_total, 0, 0
          FROM pg_catalog.pg_stat_progress_vacuum
        UNION ALL
        SELECT pid, 'ANALYZE', phase, sample_blks_scanned, sample_blks_total, 0, 0
          FROM pg_catalog.pg_stat_progress_analyze
        UNION ALL
        SELECT pid, command, '', 0, 0, tuples_processed, 0
          FROM pg_catalog.pg_stat_progress_copy) p
 WHERE p.pid = $1::pg_catalog.int4
