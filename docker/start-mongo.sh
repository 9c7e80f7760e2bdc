#!/usr/bin/env bash
# Starts MongoDB, whose users have the passwords in .env, also if those have changed since the last
# start, or if the first start was interrupted before there were users.
set -euo pipefail

data=/data/db
known=$data/passwords.sha256
passwords=$(printf '%s\n' "$MONGO_INITDB_ROOT_PASSWORD" "$MONGO_PASSWORD" "$MONGO_EXPRESS_MONGO_PASSWORD" | sha256sum)

if [ -e "$data/WiredTiger" ] && [ "$(cat "$known" 2>/dev/null)" != "$passwords" ]; then
    # Without --auth, MongoDB asks nobody for a password; only this container reaches it.
    mongod --quiet --bind_ip 127.0.0.1 --dbpath "$data" --fork --logpath /tmp/mongod.log >/dev/null
    # mongosh gives up after two seconds, which a busy machine may need.
    mongosh --quiet "mongodb://127.0.0.1/?serverSelectionTimeoutMS=60000" \
        --file /docker-entrypoint-initdb.d/create-users.js
    mongod --dbpath "$data" --shutdown >/dev/null
    (umask 077 && printf '%s\n' "$passwords" >"$known")
fi
exec docker-entrypoint.sh "$@"
