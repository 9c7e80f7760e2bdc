# Makes the Python environments of the project. Sourced by run.sh, test.sh and bin/airflow, from
# any directory; what it says goes to standard error.

PROJECT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

fail() {
    printf '✗ %s\n' "$*" >&2
    exit 1
}

# find_python NEWEST: sets PYTHON to a Python from 3.11 to NEWEST (such as 3.13) that really runs;
# a command on PATH may be a stand-in that only says that its version is not there.
find_python() {
    local newest=$1 candidate version found="no Python was found"
    for candidate in ${JOB_TRACKER_PYTHON:-python3 python3.13 python3.12 python3.11}; do
        version=$("$candidate" -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null) || continue
        found="$candidate is $version"
        case $version in 3.1[1-9]) ;; *) continue ;; esac
        if [ "${version#3.}" -le "${newest#3.}" ]; then
            PYTHON=$(command -v "$candidate")
            return
        fi
    done
    fail "This needs Python 3.11 to $newest, but $found. Install one, or name it: JOB_TRACKER_PYTHON=/path/to/python3.11"
}

# newest_python AIRFLOW_LINE: prints the newest Python that this Airflow runs on.
newest_python() {
    case $1 in 2.*) echo 3.12 ;; *) echo 3.13 ;; esac
}

# environment_of AIRFLOW_LINE: prints the directory of its environment, relative to the project.
environment_of() {
    case $1 in 2.*) echo ".venv-$1" ;; *) echo .venv ;; esac
}

# make_environment VENV REQUIREMENTS CONSTRAINTS: makes a virtual environment with PYTHON, all
# three relative to the project. What was installed before from the same files is left as it is; an
# installation that was broken off is begun afresh.
make_environment() {
    local venv=$PROJECT/$1 requirements=$PROJECT/$2 constraints=$PROJECT/$3 stamp
    [ -f "$constraints" ] || fail "There is no file $constraints."
    stamp=$(cat "$PROJECT"/requirements*.txt "$constraints" <(echo "$2 $venv") | cksum) || exit 1
    if is_made "$venv" "$stamp"; then return; fi

    "$PYTHON" -c 'import ensurepip, venv' 2>/dev/null || fail "$PYTHON has no venv module. Debian and Ubuntu have it in a package of its own: apt-get install python3-venv"
    only_installation "$venv"
    [ -f "$venv/installed" ] || rm -rf "$venv"
    rm -f "$venv/installed"
    [ -d "$venv" ] || "$PYTHON" -m venv "$venv" || fail "$PYTHON could not make the environment $venv."
    install_packages "$venv" "$requirements" "$constraints"
    printf '%s\n' "$stamp" >"$venv/installed"
    rm -f "$venv.lock"
    trap - EXIT
}

is_made() {
    [ "$(cat "$1/installed" 2>/dev/null)" = "$2" ] && "$1/bin/python" -c '' 2>/dev/null
}

# Two installations into one environment would spoil it.
only_installation() {
    local lock=$1.lock other
    if ! (set -o noclobber && echo $$ >"$lock") 2>/dev/null; then
        other=$(cat "$lock" 2>/dev/null)
        if kill -0 "${other:-0}" 2>/dev/null && [ -n "$other" ]; then
            fail "Process $other is installing into $1 now: let it finish."
        fi
        echo $$ >"$lock"
    fi
    # shellcheck disable=SC2064
    trap "rm -f '$lock'" EXIT
}

install_packages() {
    local venv=$1 requirements=$2 constraints=$3 log pip status began=$SECONDS
    log=$PROJECT/.local/logs/install-$(basename "$venv").log
    mkdir -p "$(dirname "$log")"
    chmod 700 "$PROJECT/.local"
    echo "Installing Python packages into $(basename "$venv"), the first time only; this takes a few minutes." >&2
    "$venv/bin/python" -m pip install --disable-pip-version-check --no-input --progress-bar off \
        -r "$requirements" -c "$constraints" >"$log" 2>&1 &
    pip=$!
    # A child in the background does not hear Ctrl-C.
    trap 'kill $pip 2>/dev/null; wait $pip; exit 130' INT
    trap 'kill $pip 2>/dev/null; wait $pip; exit 143' TERM HUP
    show_installation "$pip" "$log" "$(grep -c == "$constraints")" "$began"
    wait $pip
    status=$?
    trap - INT TERM HUP
    if [ $status -ne 0 ]; then
        grep '^ERROR' "$log" | tail -n 5 >&2 || tail -n 12 "$log" >&2
        fail "The packages could not be installed. Is the network up? pip's whole output is in $log; run this again to try again."
    fi
    echo "Installed in $((SECONDS - began)) s." >&2
}

# One moving line in a terminal, and a line now and then elsewhere.
show_installation() {
    local pip=$1 log=$2 total=$3 began=$4 line last= shown=0
    while kill -0 "$pip" 2>/dev/null; do
        line=$(installation_state "$log" "$total")
        if [ -t 2 ]; then
            printf '\r\033[K  %s  %d s' "$line" $((SECONDS - began)) >&2
        elif [ "$line" != "$last" ] && [ $((SECONDS - shown)) -ge 15 ]; then
            printf '  … %s\n' "$line" >&2
            last=$line shown=$SECONDS
        fi
        sleep 0.5
    done
    if [ -t 2 ]; then printf '\r\033[K' >&2; fi
}

installation_state() {
    local packages count
    if packages=$(grep '^Installing collected packages:' "$1"); then
        echo "installing $(echo "$packages" | tr ',' '\n' | wc -l | tr -d ' ') packages"
    else
        count=$(grep -cE '^(Collecting|Processing) ' "$1")
        echo "fetching packages: $count of about $2"
    fi
}

# run_module MODULE [ARGUMENTS]: becomes a module of the project in the environment of the Airflow
# that runs here, else of the one that is set. An image brings an environment of its own, and
# JOB_TRACKER_AIRFLOW_COMMAND names its airflow.
run_module() {
    local airflow_line venv
    if [ -n "${JOB_TRACKER_AIRFLOW_COMMAND:-}" ]; then
        PYTHONPATH="$PROJECT${PYTHONPATH:+:$PYTHONPATH}" exec python3 -m "$@"
    fi
    find_python 3.13
    airflow_line=$(cd "$PROJECT" && "$PYTHON" -m include.local.running) || exit
    find_python "$(newest_python "$airflow_line")"
    venv=$(environment_of "$airflow_line")
    make_environment "$venv" requirements-local.txt "constraints/airflow-$airflow_line.txt"
    PYTHONPATH=$PROJECT JOB_TRACKER_AIRFLOW=$airflow_line exec "$PROJECT/$venv/bin/python" -m "$@"
}
