#!/usr/bin/env bash
# What a container of the image starts: a command of bin/, such as `once`, by itself, as it needs
# none of Airflow's servers; anything else through Airflow's own entrypoint.
set -eu
command=${BASH_SOURCE[0]%/*}/../bin/${1:-}
if [ "${1:-airflow}" != airflow ] && [ -f "$command" ] && [ -x "$command" ]; then
    shift
    exec "$command" "$@"
fi
exec /entrypoint "$@"
