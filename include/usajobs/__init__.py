"""USAJOBS' language: its codes, how it writes values, how its Search API is asked and read."""
