-- add email field to users
--
-- Revision ID: b83e5f17c2d0
-- Revises: 4c1f0d2b9a7e
-- Create Date: 2026-11-16 13:47:30+00:00

-- migrate:up
ALTER TABLE users
    ADD COLUMN email varchar(254),
    ADD CONSTRAINT users_email_check CHECK (email LIKE '_%@_%');
CREATE INDEX ix_users_email ON users (email);
COMMENT ON COLUMN users.email IS 'Where receipts go; NULL until the first payment asks for it';

-- migrate:down
DROP INDEX ix_users_email;
ALTER TABLE users
    DROP CONSTRAINT users_email_check,
    DROP COLUMN email;
