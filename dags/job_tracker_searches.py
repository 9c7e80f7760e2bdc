"""Shows what is wrong with a file in `searches/`, as an import error of Airflow.

An import error stops every DAG of its file. So the DAGs of all good files are in `job_tracker.py`,
and this file, which has none, says what the matter is with the others.
"""

from pathlib import Path

from include.saved_searches import read_saved_searches

read_saved_searches(Path(__file__).with_name("searches")).check()
