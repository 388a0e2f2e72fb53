-- Gives a database, SQLite or PostgreSQL, the schema of Matinee 0.1.0 again. All captures stay. docs/upgrade.md says how and when.
BEGIN;
DROP TABLE IF EXISTS posters;
DROP TABLE IF EXISTS periodic_jobs;
DROP TABLE IF EXISTS database_identity;
DROP INDEX IF EXISTS captures_without_thumbnail;
ALTER TABLE captures DROP COLUMN bulk;
ALTER TABLE captures DROP COLUMN client;
DROP TABLE schema_migrations;
CREATE TABLE schema_migrations (version BIGINT PRIMARY KEY, name TEXT NOT NULL);
INSERT INTO schema_migrations VALUES (1, 'captures');
INSERT INTO schema_migrations VALUES (2, 'many_workers');
COMMIT;
