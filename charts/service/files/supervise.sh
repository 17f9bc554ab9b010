# PID 1 of a container whose files are synced: runs the program, and runs it again when a sync asks for that.
# Any other end of the program is the end of the container, with the same exit code: Kubernetes sees a crash as ever.
#
#   sh -c '<this>' supervise <folder of the volume> <program> [<argument>...]
#
# In the folder: `process` holds the program's id. `restart` is there when it is to run again after its end. `trial`
# is there while a sync waits to see its files at work: an early end is then written to `ended`, and the sync
# decides, for it can put back the files of before.
folder=$1
shift
child=
stopped=

stop() {
  stopped=1
  pass "$1"
}
pass() {
  [ -z "$child" ] || kill -s "$1" "$child" 2>/dev/null
}
for signal in TERM INT QUIT; do trap "stop $signal" "$signal"; done
for signal in HUP USR1 USR2; do trap "pass $signal" "$signal"; done

# Of a container that has crashed.
rm -f "$folder/restart" "$folder/trial" "$folder/ended"

while :; do
  "$@" &
  child=$!
  # A signal that came before the id was known.
  [ -z "$stopped" ] || kill -s TERM "$child" 2>/dev/null
  echo "$child" >"$folder/process"
  # A signal ends the wait, not the program.
  while :; do
    wait "$child" 2>/dev/null
    code=$?
    kill -0 "$child" 2>/dev/null || break
  done
  # That wait may have told of the signal; the code of the program is still kept.
  wait "$child" 2>/dev/null
  kept=$?
  [ "$kept" -eq 127 ] || code=$kept
  child=

  if [ -z "$stopped" ] && [ ! -e "$folder/restart" ] && [ -e "$folder/trial" ]; then
    echo "$code" >"$folder/ended"
    looks=0
    # Without a decision within 30 s the sync is gone itself.
    while [ -z "$stopped" ] && [ -e "$folder/trial" ] && [ ! -e "$folder/restart" ] && [ "$looks" -lt 600 ]; do
      sleep 0.05
      looks=$((looks + 1))
    done
  fi
  if [ -n "$stopped" ] || [ ! -e "$folder/restart" ]; then exit "$code"; fi
  rm -f "$folder/ended" "$folder/restart"
done
