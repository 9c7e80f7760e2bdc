"""A stand-in for USAJOBS' Search endpoint: made-up postings that move from day to day.

`python -m include.sample_api` serves it on this machine; `running(create_app())` does so in a test.
"""
