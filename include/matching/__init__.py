"""The rules that decide which positions match a search, and why others don't.

May import `jobs` and `searches`.
"""
