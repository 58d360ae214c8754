-- change user status to enum
--
-- Revision ID: 6fa0c9d4837b
-- Revises: b83e5f17c2d0
-- Create Date: 2026-11-21 19:12:08+00:00

-- migrate:up
CREATE TYPE user_status AS ENUM ('active', 'paused', 'expired', 'banned');

-- Old releases also wrote 'blocked', and other cases of letters. Whatever else there may be becomes
-- paused: such a user is not served for free, loses nothing, and is asked what to do.
ALTER TABLE users
    ALTER COLUMN status DROP DEFAULT,
    ALTER COLUMN status TYPE user_status USING (
        CASE lower(btrim(status))
            WHEN 'active' THEN 'active'
            WHEN 'paused' THEN 'paused'
            WHEN 'expired' THEN 'expired'
            WHEN 'banned' THEN 'banned'
            WHEN 'blocked' THEN 'banned'
            ELSE 'paused'
        END)::user_status,
    ALTER COLUMN status SET DEFAULT 'active';

-- migrate:down
ALTER TABLE users
    ALTER COLUMN status DROP DEFAULT,
    ALTER COLUMN status TYPE text USING status::text,
    ALTER COLUMN status SET DEFAULT 'active';
DROP TYPE user_status;
