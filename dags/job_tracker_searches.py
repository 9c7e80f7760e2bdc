"""Reports invalid files in `searches/` as an import error in Airflow.

An import error disables all DAGs of its file. So `job_tracker.py` defines the DAGs of the valid
files, and this file, which defines none, reports the others.
"""

from pathlib import Path

from include.searches.saved_searches import read_saved_searches

read_saved_searches(Path(__file__).with_name("searches")).check()
