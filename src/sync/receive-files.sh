# Receives files in a container and puts them where the program finds them. Needs sh, tar, sha256sum, find, grep.
#
#   sh -c '<this>' receive <folder of the volume>
#
# First it tells what is there: a line of sha256sum for each file below tree/, a line with `x` for each that can be
# executed, then `ready`. Then it takes requests:
#
#   put <bytes> <after> <port>    and so many bytes of a tar archive with
#       files/<n>/<path>          the files, and `sums`: their digests, as sha256sum checks them
#       added, removed, folders   lists of paths below tree/, one a line
#   back 0 <after> <port>         takes the last put back
#
# <after> is `nothing`, `restart`, or names of signals, with commas between. <port>, four hex digits or `-`, is where the restarted
# program has to listen before the files count as taken over. Answers:
#
#   done                          all files are in place, and what comes after them has happened
#   undone <exit code>|late       the restarted program ended, or did not listen: the files of before are back
#   failed <reason>               nothing can be said of the files; the receiver ends
cd "$1" || exit 1

fail() {
  rm -f trial
  echo "failed $*"
  exit 1
}

folder_of() {
  case $1 in */*) [ -d "${1%/*}" ] || mkdir -p "${1%/*}" ;; esac
}

listens() {
  grep -qs ":$1 0*:0000 0A" /proc/net/tcp /proc/net/tcp6
}

# Ends the program; the supervisor starts it again. Asked twice: who drains at the first signal stops at the second.
start_again() {
  : >restart
  if [ ! -e ended ]; then
    kill -s TERM "$1" 2>/dev/null
    kill -s INT "$1" 2>/dev/null
  fi
}

# Until another program than <1> listens at <2>. 1: it has ended, 2: it took too long.
await_start() {
  looks=0
  while :; do
    read -r now <process
    if [ "${now:-$1}" != "$1" ]; then
      [ ! -e ended ] || return 1
      if [ "$2" = - ]; then
        # Nothing tells that it is well but that it goes on.
        sleep 0.5
        [ ! -e ended ] || return 1
        return 0
      fi
      ! listens "$2" || return 0
    elif [ "$looks" -eq 100 ]; then
      kill -s KILL "$1" 2>/dev/null
    fi
    looks=$((looks + 1))
    [ "$looks" -lt 750 ] || return 2
    sleep 0.02
  done
}

# Moves the files of stage/ into place; what they replace goes to undo/.
place() {
  while IFS= read -r path; do
    if [ -d "tree/$path" ]; then
      rmdir "tree/$path" 2>/dev/null
    elif [ -e "tree/$path" ]; then
      folder_of "undo/$path" && mv -f "tree/$path" "undo/$path" || return 1
    fi
  done <stage/removed
  while IFS= read -r path; do
    mkdir -p "tree/$path" || return 1
  done <stage/folders
  while IFS= read -r path; do
    folder_of "tree/$path" || return 1
    # A second name for the old file: the new one then takes its place in one step, and a reader sees either.
    if [ -e "tree/$path" ]; then
      folder_of "undo/$path" && ln -f "tree/$path" "undo/$path" || return 1
    fi
    mv -f "stage/files/$path" "tree/$path" || return 1
  done <stage/added
}

# Undoes what `place` did, also where it did not come to its end: what still waits in stage/ has replaced nothing.
put_back() {
  while IFS= read -r path; do
    [ -e "undo/$path" ] || [ -e "stage/files/$path" ] || rm -f "tree/$path"
  done <stage/added
  cat stage/added stage/removed | while IFS= read -r path; do
    [ ! -e "undo/$path" ] || { folder_of "tree/$path" && mv -f "undo/$path" "tree/$path"; }
  done
}

# Lets the program know of its new files. 1: it has ended, 2: it did not listen in time.
follow() { # <after> <port>
  case $1 in
    nothing) return 0 ;;
    restart)
      [ -s process ] || fail 'nothing in this container can start the program again'
      read -r before <process
      start_again "$before"
      await_start "$before" "$2"
      return
      ;;
  esac
  target=1
  [ ! -s process ] || read -r target <process
  for signal in $(echo "$1" | tr , ' '); do
    kill -s "$signal" "$target" || fail "the program cannot be sent $signal"
  done
}

put() { # <bytes> <after> <port>
  rm -rf stage undo
  mkdir stage undo
  head -c "$1" | tar -xf - -C stage || fail 'the archive cannot be unpacked'
  if [ -s stage/sums ]; then
    (cd stage/files && sha256sum -c ../sums >/dev/null 2>&1) || fail 'other files arrived than were sent'
  fi
  : >trial
  place || { put_back; fail 'the files cannot be put in place'; }
  follow "$2" "$3"
  case $? in
    0) verdict='done' ;;
    1) verdict="undone $(cat ended)" ;;
    *) verdict='undone late' ;;
  esac
  if [ "$verdict" != 'done' ]; then
    put_back
    follow "$2" "$3" || fail "after '$verdict' the program did not start with the files of before either"
  fi
  rm -f trial
  echo "$verdict"
}

back() { # <after> <port>
  put_back
  follow "$1" "$2" || fail 'the program did not start with the files of before'
  echo 'done'
}

find tree -type f -exec sha256sum {} + || fail 'the files cannot be listed'
# A name of several lines could say anything; no rule takes such a file.
find tree -type f -perm -100 ! -path '*
*' -exec printf 'x  %s\n' {} + || fail 'the files cannot be listed'
echo ready
while read -r verb bytes after port; do
  case $verb in
    put) put "$bytes" "$after" "$port" ;;
    back) back "$after" "$port" ;;
    *) fail "there is no request '$verb'" ;;
  esac
done
