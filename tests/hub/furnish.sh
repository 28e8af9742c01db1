#!/bin/bash
# Make of fresh namespaces the course server of docs/jupyterhub.md, and become its JupyterHub.
#
#     furnish.sh STAGE KEEP... -- COVER...
#
# STAGE has what is laid out; the folders KEEP stay readable where they are; the folders COVER of this machine are empty
# in here. Mounts, processes and accounts are seen in here only, and gone with the last process.
set -euo pipefail
stage=$1
shift
keep=()
while [ "$1" != -- ]; do
    keep+=("$1")
    shift
done
shift

# What stays is held at /mnt while the rest is covered, and then put back into its place, where every account can reach it.
mount -t tmpfs -o mode=755 none /mnt
hold() {
    mkdir "/mnt/$2"
    mount --bind "$1" "/mnt/$2"
}
hold "$stage" stage
for index in "${!keep[@]}"; do hold "${keep[index]}" "$index"; done
for folder in /home /srv /tmp /var/log /var/mail "$@"; do
    if [ -d "$folder" ]; then mount -t tmpfs -o mode=755 none "$folder"; fi
done
chmod 1777 /tmp
for index in "${!keep[@]}"; do
    mkdir -p "${keep[index]}"
    mount --bind "/mnt/$index" "${keep[index]}"
    mount -o remount,bind,ro "${keep[index]}"
done
cp -a /etc /mnt/etc # accounts are made in a copy
mount --bind /mnt/etc /etc

# A network of its own as well, so that the ports of the page are free: lo is all there is.
"$PYTHON" -c 'import fcntl, socket, struct; fcntl.ioctl(socket.socket(), 0x8914, struct.pack("16sh14x", b"lo", 1))'

cp -R /mnt/stage/srv/. /srv/
chmod -R a+rX /srv
bash -euo pipefail /mnt/stage/accounts.sh
cp -R /mnt/stage/course /home/instructor/mmcourse
chown -R instructor: /home/instructor
sed "s/\$/:$PASSWORD/" /mnt/stage/people | chpasswd --crypt-method SHA512
umount --lazy /mnt
unset PASSWORD
cd /
exec "$PYTHON" -m jupyterhub -f /srv/mmcourse/etc/jupyterhub_config.py
