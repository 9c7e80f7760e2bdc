"""The morning digest, which sends the recipients of a search what is new, each thing once.

May import `pipeline` and the rooms below it.
"""
