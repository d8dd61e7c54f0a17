-- Accounts and databases, at every start of a primary: what is there stays, passwords become those of the files.
-- psql runs this inside the container; :secrets is the directory of the files.
\set QUIET on
-- No standby is connected yet that a commit could wait for, and no password reaches a log.
SET synchronous_commit = local;
SET log_min_error_statement = panic;
SET log_statement = none;
SET client_min_messages = warning;

\setenv SECRETS :secrets
\set postgres_password `cat "$SECRETS/postgres_password" 2>/dev/null | tr -d '\r\n'`
\set movie_assets_password `cat "$SECRETS/movie_assets_password" 2>/dev/null | tr -d '\r\n'`
\set replication_password `cat "$SECRETS/replication_password" 2>/dev/null | tr -d '\r\n'`
\set monitor_password `cat "$SECRETS/monitor_password" 2>/dev/null | tr -d '\r\n'`

SELECT format('CREATE ROLE %I', name) FROM unnest(ARRAY['movie_assets', 'replicator', 'movie_monitor']) AS name
WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = name) \gexec

-- An account whose file is missing gets no password, and cannot log in over the network.
ALTER ROLE postgres PASSWORD :'postgres_password';
ALTER ROLE movie_assets LOGIN CREATEDB CREATEROLE PASSWORD :'movie_assets_password';
ALTER ROLE replicator LOGIN REPLICATION PASSWORD :'replication_password';
ALTER ROLE movie_monitor LOGIN CONNECTION LIMIT 10 PASSWORD :'monitor_password';

SELECT format('CREATE DATABASE %I OWNER movie_assets', name) FROM unnest(ARRAY['movie_assets', 'dagster']) AS name
WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = name) \gexec

GRANT pg_monitor TO movie_monitor;
-- In this database alone: a dump of the platform's own can then be restored by movie_assets.
CREATE EXTENSION IF NOT EXISTS pg_stat_statements;
ALTER EXTENSION pg_stat_statements UPDATE;

-- What pg_rewind reads, and which server is on which timeline.
GRANT EXECUTE ON FUNCTION pg_ls_dir(text, boolean, boolean), pg_stat_file(text, boolean), pg_read_binary_file(text),
    pg_read_binary_file(text, bigint, bigint, boolean) TO replicator;
GRANT EXECUTE ON FUNCTION pg_control_checkpoint(), pg_control_system() TO replicator;
