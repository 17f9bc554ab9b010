# Copies folders of the image into the volume that takes their place, the first to tree/0 and so on. Where files were
# synced since that image was built, they are laid over it: a new pod begins with what the others have. Runs before
# each first start of a pod, and anew where the pod's sandbox was lost: what was there is then gone, not mixed in.
#
#   sh -c '<this>' fill-synced <folder of the volume> <image> <folder of the image>...
#
# <folder of the volume>-record holds what was synced, if anything: `image`, the image that it goes with, and
# `files.tar`, in the form that src/sync/pack-files.ts gives it.
set -e
volume=$1
image=$2
shift 2
cd "$volume"
rm -rf tree stage undo
number=0
for folder in "$@"; do
  mkdir -p "tree/$number"
  cp -R -p "$folder/." "tree/$number/"
  number=$((number + 1))
done

recorded=
[ ! -e "$volume-record/image" ] || read -r recorded <"$volume-record/image"
[ "$recorded" = "$image" ] || exit 0
mkdir stage
tar -xf "$volume-record/files.tar" -C stage
while IFS= read -r path; do
  if [ -d "tree/$path" ]; then rmdir "tree/$path"; else rm -f "tree/$path"; fi
done <stage/removed
while IFS= read -r path; do mkdir -p "tree/$path"; done <stage/folders
[ ! -d stage/files ] || cp -R -p stage/files/. tree/
rm -rf stage
