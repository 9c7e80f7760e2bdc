#!/usr/bin/env bash
# Runs every check and test in an environment of its own: ./test.sh [--airflow 2.11] [pytest options]
# Or asks the internet whether something is known against a pinned version, and runs no test:
# ./test.sh [--airflow 2.11] --audit
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
unset PYTHONPATH

line=3.3
if [ "${1:-}" = --airflow ]; then
    line=${2:-}
    shift 2 || fail "--airflow takes a line: 3.3 or 2.11"
fi
[ -f "constraints/airflow-$line.txt" ] || fail "There is no Airflow line '$line' here: 3.3 or 2.11."

find_python "$(newest_python "$line")"
venv=.venv-test-$line
make_environment "$venv" requirements-test.txt "constraints/airflow-$line.txt"

if [ "${1:-}" = --audit ]; then
    exec "$venv/bin/python" -m tests.supply.audit "$line"
fi

set -e
# What imports no Airflow is checked and tested once, on the default line.
if [ "$line" = 3.3 ]; then
    export RUFF_CACHE_DIR="$venv/cache/ruff" MYPY_CACHE_DIR="$venv/cache/mypy"
    "$venv/bin/ruff" check
    "$venv/bin/ruff" format --check
    "$venv/bin/mypy"
    "$venv/bin/lint-imports" --cache-dir "$venv/cache/import-linter"
    "$venv/bin/zizmor" --offline --quiet --strict-collection .github
    "$venv/bin/hadolint" Dockerfile
fi
# A file's tests share their services, so one process runs each file. A machine has room for one
# stack of containers only.
parallel=(--numprocesses auto --dist loadfile)
case " $* " in *" --compose "*) parallel=() ;; esac
exec "$venv/bin/python" -m pytest -o cache_dir="$venv/cache/pytest" ${parallel[@]+"${parallel[@]}"} "$@"
