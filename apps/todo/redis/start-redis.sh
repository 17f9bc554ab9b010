#!/bin/sh
# Becomes Redis, with the password of the only user out of a file.
#
#   REDIS_PASSWORD_FILE  one line
#   REDIS_MAXMEMORY      64mb
set -eu

fail() {
  echo "start-redis: $1" >&2
  exit 1
}

file=${REDIS_PASSWORD_FILE:-}
[ -n "$file" ] && [ -r "$file" ] || fail "REDIS_PASSWORD_FILE must name a file that can be read, not '$file'"
password=$(cat "$file")
[ -n "$password" ] || fail "$file is empty"
# Redis keeps and compares hashes, so the password itself is in no configuration, and no character of it needs quoting.
hash=$(printf '%s' "$password" | sha256sum)
unset password

# Commands that change or stop the server are for nobody: the password is in the hands of applications.
exec redis-server /etc/redis/redis.conf - << CONFIGURATION
maxmemory ${REDIS_MAXMEMORY:-64mb}
user default reset on #${hash%% *} ~* &* +@all -@admin
CONFIGURATION
