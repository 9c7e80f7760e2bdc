"""The checks of `bin/doctor` that need no Airflow: USAJOBS, MongoDB, folders; and what they found.

May import `usajobs`, `store`, `searches`, `jobs`.
"""
