"""A stand-in for USAJOBS' Search and Historic JOA endpoints over made-up postings.

The postings move from day to day, and both endpoints tell of the same ones.

`python -m include.sample_api` serves it on this machine; `running(create_app())` does so in a test.
"""
