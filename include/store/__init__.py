"""MongoDB: documents, indexes, upserts, history, quarantine, retention, backup and restore.

May import `matching` and the rooms below it.
"""
