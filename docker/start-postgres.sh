#!/usr/bin/env bash
# Starts PostgreSQL with the password in .env, also if that has changed since the last start.
set -euo pipefail

if [ -s "$PGDATA/PG_VERSION" ]; then
    # Alone with its files, PostgreSQL asks nobody for a password. In a literal a quote is doubled.
    printf "ALTER ROLE \"%s\" PASSWORD '%s'\n" "$POSTGRES_USER" "${POSTGRES_PASSWORD//\'/\'\'}" |
        postgres --single -D "$PGDATA" "$POSTGRES_DB" >/dev/null
fi
exec docker-entrypoint.sh postgres
