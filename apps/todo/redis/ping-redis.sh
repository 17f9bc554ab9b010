#!/bin/sh
# Succeeds when Redis takes the password and answers commands: not while it loads its data, and not when it hangs.
set -eu
REDISCLI_AUTH=$(cat "$REDIS_PASSWORD_FILE")
export REDISCLI_AUTH
[ "$(redis-cli -h 127.0.0.1 ping 2> /dev/null)" = PONG ]
