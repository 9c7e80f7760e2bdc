"""The USAJOBS APIs: requesting pages, validating responses and turning rows into positions.

May import `jobs`.
"""
