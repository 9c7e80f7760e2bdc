"""The Job Tracker page and its API: a FastAPI application that knows Airflow only as its `Host`."""
