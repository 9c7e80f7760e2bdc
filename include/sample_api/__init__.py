"""A stand-in for USAJOBS's Search and Historic JOA endpoints over made-up postings.

The postings change from day to day, and both endpoints serve the same ones. It may import `jobs`.
`python -m include.sample_api` serves it on this machine, and `running(create_app())` in a test.
"""
