"""The stack on one machine: what `./run.sh` and `bin/airflow` do once Python packages are there.

`stack` starts and stops everything; the settings of Airflow are in `airflow_settings` and nowhere
else. `settings` and `options` use the standard library only: `run.sh` asks them before it installs.
"""
