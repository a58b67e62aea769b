#!/bin/sh
# Makes a folder with Debian sid and its Blender (5.2, a real window under a virtual display).
#     sudo sh tests/gui/make_root.sh FOLDER MIRROR
# Needs debootstrap and root; about 2 GB and 3 minutes. A second run finishes an interrupted one.
# Debian leaves numpy, cattrs and requests, which Blender itself ships, to the user.
set -eu
root=$(realpath -m "$1")
mirror=${2:?give the mirror of your apt sources as the second argument}
packages="blender python3-numpy python3-cattr python3-requests libgl1-mesa-dri"
packages="$packages xvfb xauth x11-apps imagemagick xdotool"

if [ -f "$root/motionllm-ready" ]; then
    echo "$root is ready"
    exit 0
fi
if [ ! -f "$root/motionllm-base" ]; then
    debootstrap --variant=minbase --include=ca-certificates sid "$root" "$mirror"
    touch "$root/motionllm-base"
fi
cp /etc/resolv.conf "$root/etc/"
for name in proc dev sys; do
    mountpoint -q "$root/$name" || mount --bind "/$name" "$root/$name"
done
# Without this, deleting the folder would delete the host's devices.
trap 'for name in proc dev sys; do umount "$root/$name" || true; done' EXIT
# A mirror that lags behind is good enough here, so its date does not matter.
chroot "$root" apt-get -o Acquire::Check-Valid-Until=false update
DEBIAN_FRONTEND=noninteractive chroot "$root" apt-get install -y --no-install-recommends $packages
touch "$root/motionllm-ready"
