"""The commands in `bin/`, and those that the containers of docker-compose.yaml run.

May import `local` and the rooms below it.
"""
