"""Searches: the parameters of a run, and the saved searches in TOML files.

May import `jobs`.
"""
