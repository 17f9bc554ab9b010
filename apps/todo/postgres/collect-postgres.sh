#!/bin/sh
# Copies what running PostgreSQL 15 needs from this file system to another folder, without what the base image has.
# Left out: LLVM with the compiler for queries, server headers, translations, the perl tools of Debian.
#
# collect-postgres.sh <target folder> <folder with /usr/lib of the base image>
set -eu
target=$1
base=$2
home=/usr/lib/postgresql/15

put() {
  mkdir -p "$target$(dirname "$1")"
  cp -a "$1" "$target$1"
}

for program in postgres initdb pg_ctl pg_isready pg_dump pg_restore psql; do put "$home/bin/$program"; done
for module in "$home"/lib/*.so; do
  case $module in */llvmjit.so) ;; *) put "$module" ;; esac
done
put /usr/share/postgresql/15
rm -rf "$target/usr/share/postgresql/15/man"
# Debian's PostgreSQL has no time zones of its own.
put /usr/share/zoneinfo
rm -rf "$target/usr/share/zoneinfo/right" "$target/usr/share/zoneinfo/posix"
[ ! -e /usr/share/doc/postgresql-15/copyright ] || put /usr/share/doc/postgresql-15/copyright

find "$target$home" -type f -exec ldd {} + | sed -n 's/.*=> \(\/[^ ]*\) .*/\1/p' | sort -u > /tmp/libraries
while read -r library; do
  # /lib is a link to /usr/lib: the name of the link is the one that programs ask for, the file is what counts.
  path=$(readlink -f "$(dirname "$library")")/$(basename "$library")
  [ ! -e "$base$path" ] || continue
  mkdir -p "$target$(dirname "$path")"
  cp -L "$library" "$target$path"
done < /tmp/libraries
