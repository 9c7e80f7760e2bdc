"""The local stack: the services that `./run.sh` starts, watches and stops.

May import `terminal` and the rooms below it. `settings`, `options` and `running` use the standard
library only, because `run.sh` calls them before it installs anything.
"""
