"""The program itself: plain Python that imports no Airflow.

Data flows one way: an answer of the API becomes rows (`usajobs`), rows become positions
(`positions`), positions are matched (`matching`) and stored (`storage`).
"""
