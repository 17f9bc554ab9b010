#!/bin/sh
# Makes the database if the volume is empty, then becomes PostgreSQL.
#
#   PGDATA                  a folder inside the volume; made here
#   POSTGRES_DB             database and its owner, both made here
#   POSTGRES_USER
#   POSTGRES_PASSWORD_FILE  or POSTGRES_PASSWORD: the password of that user. It is set at every start,
#                           so a Secret that was made anew goes on working with an old volume.
#
# The superuser is postgres. It has no password and can only come through the socket of this container.
set -eu
umask 077
trap 'exit 143' TERM INT

fail() {
  echo "start-postgres: $1" >&2
  exit 1
}

name() {
  case $2 in
    '' | *[!a-z0-9_]* | [0-9]*) fail "$1 must be lower case letters, digits and underscores, not '$2'" ;;
  esac
}

user=${POSTGRES_USER:-todo}
database=${POSTGRES_DB:-$user}
name POSTGRES_USER "$user"
name POSTGRES_DB "$database"

if [ -n "${POSTGRES_PASSWORD_FILE:-}" ]; then
  [ -r "$POSTGRES_PASSWORD_FILE" ] || fail "cannot read $POSTGRES_PASSWORD_FILE"
  password=$(cat "$POSTGRES_PASSWORD_FILE")
else
  password=${POSTGRES_PASSWORD:-}
fi
unset POSTGRES_PASSWORD
[ -n "$password" ] || fail 'POSTGRES_PASSWORD_FILE or POSTGRES_PASSWORD must hold a password'
case $password in
  *'
'*) fail 'the password must be one line' ;;
esac
# As an SQL string. The password never is an argument of a program: those can be read by anyone on the machine.
quoted=$(printf '%s' "$password" | sed "s/'/''/g")

# Single-user mode reads one statement per line from its input and needs no password. It goes on after an error,
# so what it said decides. Statements stay out of the log: they hold the password.
# $1: data folder, input: statements
run_sql() {
  postgres --single -D "$1" -c log_min_error_statement=panic -c log_checkpoints=off postgres > /tmp/sql.log 2>&1 ||
    sql_failed
  ! grep -qE '(ERROR|FATAL|PANIC):' /tmp/sql.log || sql_failed
  rm -f /tmp/sql.log
}

sql_failed() {
  cat /tmp/sql.log >&2
  fail 'could not prepare the database'
}

if [ ! -s "$PGDATA/PG_VERSION" ]; then
  [ -z "$(ls -A "$PGDATA" 2> /dev/null)" ] || fail "$PGDATA holds files, but no database"
  # Made aside and renamed when it is whole: a start that is killed half-way leaves nothing that looks like a database.
  new=$PGDATA.new
  rm -rf "$new"
  initdb -D "$new" --username=postgres --auth-local=peer --auth-host=scram-sha-256 \
    --encoding=UTF8 --locale=C.UTF-8 --no-instructions
  echo 'host all all all scram-sha-256' >> "$new/pg_hba.conf"
  run_sql "$new" << SQL
create role $user login password '$quoted'
create database $database owner $user
SQL
  rm -rf "$PGDATA"
  mv "$new" "$PGDATA"
else
  run_sql "$PGDATA" << SQL
alter role $user password '$quoted'
SQL
fi
unset password quoted

exec postgres -D "$PGDATA" \
  -c listen_addresses='*' \
  -c unix_socket_directories=/var/run/postgresql \
  -c shared_buffers="${POSTGRES_SHARED_BUFFERS:-64MB}" \
  -c max_connections="${POSTGRES_MAX_CONNECTIONS:-50}" \
  -c jit=off
