"""The web page with the jobs, and its API.

May import `digest` and the rooms below it; Airflow is behind the protocol in `host`.
"""
