"""Terminal output: progress, errors and the report of a run.

May import `store` and the rooms below it.
"""
