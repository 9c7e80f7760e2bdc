#!/usr/bin/env bash
# Starts MongoDB and Airflow on this machine, runs the DAG job_tracker and shows what it found.
# Needs Python 3.11 to 3.13; ./run.sh --help tells the options.
set -u
. "$(dirname "${BASH_SOURCE[0]}")/bin/environment.sh"
cd "$PROJECT" || exit 1

find_python 3.13
airflow_line=$("$PYTHON" -m include.local.options "$@") || exit
[ -n "$airflow_line" ] || exit 0 # --help

find_python "$(newest_python "$airflow_line")"
venv=$(environment_of "$airflow_line")
make_environment "$venv" requirements-local.txt "constraints/airflow-$airflow_line.txt"
exec "$venv/bin/python" -m include.local "$@"
