"""The integration with Airflow: operators, XComs, connections, notifiers, links, the page's host.

The only room that imports Airflow; may import every other one but `cli`.
"""
