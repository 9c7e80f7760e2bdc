#!/usr/bin/env bash
# What a container of the image starts: a command of bin/, such as `once`, by itself, as it needs
# none of Airflow's servers; anything else through Airflow's own entrypoint.
set -eu
name=${1:-airflow}
command=${BASH_SOURCE[0]%/*}/../bin/$name
case $name in airflow | */*) command= ;; esac
if [ -f "$command" ] && [ -x "$command" ]; then
    exec "$command" "${@:2}"
fi
exec /entrypoint "$@"
