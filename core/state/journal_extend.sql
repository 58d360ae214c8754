BEGIN;
SET LOCAL lock_timeout = '500ms';
SET LOCAL client_min_messages = warning;
ALTER TABLE {schema}.migrate_journal ADD COLUMN IF NOT EXISTS options text;
COMMIT
