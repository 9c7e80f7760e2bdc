"""The steps of a run after `extract`: transform, load, and the receipt with its quality checks.

May import `store`, `usajobs` and the rooms below them.
"""
