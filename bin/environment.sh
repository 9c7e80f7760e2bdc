# Finds the project and a Python for it, and makes its environments. Sourced by run.sh, test.sh and
# the commands in bin/, from any directory; what it says goes to standard error.

# What a user's own programs are set to must not change what these lines mean …
unset CDPATH GREP_OPTIONS
set +efC
# … nor which modules a Python of this project finds, and how it runs them.
unset PYTHONHOME PYTHONINSPECT PYTHONOPTIMIZE PYTHONSAFEPATH PYTHONSTARTUP PYTHONWARNINGS
# Airflow reads its own files in the encoding of the locale; they are UTF-8.
export PYTHONUTF8=1
# A closed stream would be taken over by the next file that is opened; bash itself opens its script.
[ ! /dev/fd/2 -ef "$0" ] || exec 2>/dev/null
[ ! /dev/fd/1 -ef "$0" ] || exec >/dev/null
[ ! /dev/fd/0 -ef "$0" ] || exec </dev/null
true >&2 || exec 2>/dev/null
{ true <&0; } 2>/dev/null || exec </dev/null
{ true >&1; } 2>/dev/null || exec >/dev/null

fail() {
    printf '✗ %s\n' "$*" >&2
    exit 1
}

PROJECT=$(cd -P "${BASH_SOURCE[0]%/*}/.." && pwd -P && echo .) || fail "The project's folder can't be entered."
PROJECT=${PROJECT%??} # Without the dot, which keeps a line end at the end of a name.
# In a folder that was deleted nothing runs.
pwd -P >/dev/null 2>&1 || cd "$PROJECT" || exit 1

# PATH and PYTHONPATH can't hold a colon, and Airflow takes the others for parts of addresses and
# for variables.
check_path() {
    local LC_ALL=C
    case $PROJECT in
        *[:?#%\$\\]* | *[[:cntrl:]]*)
            fail "The path of this folder has one of : ? # % \$ \\ or a control character, which Airflow misreads: $PROJECT. Move or rename the folder." ;;
    esac
}
check_path
if [ -e "$PROJECT/.env" ] && [ ! -r "$PROJECT/.env" ]; then
    fail "$PROJECT/.env can't be read by $(id -un 2>/dev/null || id -u). Run this as its owner, or hand it over with chown."
fi

# set_in_env NAME [FILE]: prints the value of NAME in .env as docker compose reads it: the last line
# counts, and `export`, quotes, a comment, Windows line ends and a byte-order mark are no part of it.
set_in_env() {
    local value raw file=${2:-$PROJECT/.env} cr=$'\r' bom=$'\357\273\277'
    [ -f "$file" ] || return 0
    raw=$(LC_ALL=C sed -n "1s/^$bom//; s/$cr*\$//; s/^[[:blank:]]*//; s/^export[[:blank:]]\{1,\}//
        s/^$1[[:blank:]]*=//p" "$file" | tail -n 1)
    value=${raw#"${raw%%[![:blank:]]*}"}
    case $value in
        \#*) [ "$value" = "$raw" ] || value= ;;
        \"*\"*) value=${value#\"} value=${value%%\"*} ;;
        \'*\'*) value=${value#\'} value=${value%%\'*} ;;
        *) value=${value%%[[:blank:]]#*} value=${value%"${value##*[![:blank:]]}"} ;;
    esac
    printf '%s' "$value"
}

# newest_python AIRFLOW_LINE: prints the newest Python that this Airflow runs on.
newest_python() {
    case $1 in 2.*) echo 3.12 ;; *) echo 3.14 ;; esac
}

# find_python NEWEST: sets PYTHON to a Python from 3.11 to NEWEST (such as 3.14): the one that
# JOB_TRACKER_PYTHON names, or else the first one on PATH that really runs; a command there may be a
# stand-in that only says that its version is not installed.
find_python() {
    local newest=$1 named candidate version found="no Python was found"
    named=${JOB_TRACKER_PYTHON-$(set_in_env JOB_TRACKER_PYTHON)}
    if [ -n "$named" ]; then
        named=${named%$'\r'}
        # shellcheck disable=SC2088
        case $named in
            '~/'*) named=${HOME:-}/${named#'~/'} ;;
            /*) ;;
            */*) named=$PROJECT/$named ;;
        esac
        if suits "$named" "$newest"; then return; fi
        fail "JOB_TRACKER_PYTHON names a Python that can't be used: $found. This needs Python 3.11 to $newest: name another one, or none."
    fi
    for candidate in python3 python3.14 python3.13 python3.12 python3.11; do
        if suits "$candidate" "$newest"; then return; fi
    done
    fail "This needs Python 3.11 to $newest, but $found. Install one, or name it: JOB_TRACKER_PYTHON=/path/to/python3.11"
}

# suits COMMAND NEWEST: sets PYTHON to it if its version does, and found to what was found. Other
# Pythons than the usual one, and the one without its lock, lack the packages.
suits() {
    local version
    version=$("$1" -c 'import sys, sysconfig
kind = "" if sys.implementation.name == "cpython" else " of " + sys.implementation.name
print("%d.%d" % sys.version_info[:2] + kind + "t" * bool(sysconfig.get_config_var("Py_GIL_DISABLED")))' 2>/dev/null)
    if [ -z "$version" ]; then
        [ -z "$named" ] || found="$1 does not run"
        return 1
    fi
    found="$1 is $version"
    case $version in 3.1[1-9]) ;; *) return 1 ;; esac
    [ "${version#3.}" -le "${2#3.}" ] || return 1
    PYTHON=$(command -v "$1")
}

# environment_of AIRFLOW_LINE: prints the directory of its environment, relative to the project.
environment_of() {
    case $1 in 2.*) echo ".venv-$1" ;; *) echo .venv ;; esac
}

# make_environment VENV REQUIREMENTS CONSTRAINTS: makes a virtual environment with PYTHON, all
# three relative to the project, unless it is made already.
make_environment() {
    project_python "$PYTHON" -m include.local.environment "$@" || exit
}

# project_python PYTHON [ARGUMENTS]: runs it with the project's modules, and no others of the user's.
project_python() {
    local python=$1
    shift
    PYTHONPATH=$PROJECT "$python" -P "$@"
}

# run_module MODULE [ARGUMENTS]: becomes a module of the project in the environment of the Airflow
# that runs here, else of the one that is set. An image brings an environment of its own, and
# JOB_TRACKER_AIRFLOW_COMMAND names its airflow.
run_module() {
    local airflow_line venv
    if [ -n "${JOB_TRACKER_AIRFLOW_COMMAND:-}" ]; then
        PYTHONPATH="$PROJECT${PYTHONPATH:+:$PYTHONPATH}" exec python3 -m "$@"
    fi
    find_python "$(newest_python 3)"
    airflow_line=$(project_python "$PYTHON" -m include.local.running) || exit
    JOB_TRACKER_AIRFLOW=$airflow_line run_on "$airflow_line" "$@"
}

# run_on AIRFLOW_LINE MODULE [ARGUMENTS]: becomes a module in the environment of this Airflow, once
# there is a PYTHON for Airflow 3.
run_on() {
    local airflow_line=$1 venv
    shift
    case $airflow_line in 2.*) find_python "$(newest_python "$airflow_line")" ;; esac
    venv=$(environment_of "$airflow_line")
    make_environment "$venv" requirements-local.txt "constraints/airflow-$airflow_line.txt"
    PYTHONPATH=$PROJECT exec "$PROJECT/$venv/bin/python" -P -m "$@"
}
