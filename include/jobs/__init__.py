"""Positions in one common form, whichever API they came from, and how they are shown to people.

The bottom layer: it imports no other room.
"""
