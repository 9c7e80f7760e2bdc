"""The program itself, in rooms; imports go one way, and only `include.airflow` imports Airflow.

Data flow one way: an API response becomes rows, and rows become positions (`usajobs`); positions
are matched (`matching`, `pipeline`) and stored (`store`); and people read what is stored
(`digest`, `web`, `terminal`).
"""

__version__ = "0.1.0"
