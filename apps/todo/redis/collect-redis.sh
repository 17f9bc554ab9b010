#!/bin/sh
# Copies Redis and the libraries it needs from this file system to another folder, without what the base image has.
#
# collect-redis.sh <target folder> <folder with /usr/lib of the base image>
set -eu
target=$1
base=$2

mkdir -p "$target/usr/bin"
for program in redis-server redis-cli; do
  # Debian's redis-server is a link to the program that also checks files.
  cp -L "$(command -v "$program")" "$target/usr/bin/$program"
done
license=/usr/share/doc/redis-server/copyright
[ ! -e "$license" ] || install -D -m 644 "$license" "$target$license"

ldd "$target"/usr/bin/redis-* | sed -n 's/.*=> \(\/[^ ]*\) .*/\1/p' | sort -u > /tmp/libraries
while read -r library; do
  # /lib is a link to /usr/lib: the name of the link is the one that programs ask for, the file is what counts.
  path=$(readlink -f "$(dirname "$library")")/$(basename "$library")
  [ ! -e "$base$path" ] || continue
  mkdir -p "$target$(dirname "$path")"
  cp -L "$library" "$target$path"
done < /tmp/libraries
