#!/usr/bin/env bash
# Starts MongoDB and Airflow on this machine, runs the DAG job_tracker and shows what it found.
# Needs Python 3.11 to 3.14; ./run.sh --help tells the options.
set -u
# The folder of this file, also through links; not every macOS has readlink -f.
self=${BASH_SOURCE[0]}
case $self in */*) ;; *) self=./$self ;; esac
while [ -L "$self" ]; do
    link=$(readlink "$self")
    case $link in /*) self=$link ;; *) self=${self%/*}/$link ;; esac
done
. "${self%/*}/bin/environment.sh"
cd "$PROJECT" || exit 1

find_python "$(newest_python 3)"
airflow_line=$(project_python "$PYTHON" -m include.local.options "$@") || exit
case $airflow_line in
    usage:*) # --help
        printf '%s\n' "$airflow_line"
        exit 0
        ;;
esac

run_on "$airflow_line" include.local "$@"
