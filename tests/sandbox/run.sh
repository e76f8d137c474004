#!/bin/bash
# Builds real images, puts faults in by hand, and compares lamblint's word with that of AWS's own runtime emulator.
#
#   run.sh LAMBLINT WORK [ARCHIVE…]
#
# `lamblint try` starts each image too, as root and as a user without privileges, and must come to the emulator's verdict.
#
# Needs root, buildah, umoci, skopeo, debootstrap, gcc, node, npm, python3 with pip, curl, ip, unshare and setpriv. WORK keeps
# the root file system and the packages, so that a second run is quick. ARCHIVES are counted only. Set EMULATOR to the
# emulator's program, else it is taken out of the aws-sam-cli wheel.
#
# npm compiles the client for Node with cmake, make, g++, autoconf, automake and libtool. Without them its 8 images are left out.
#
# Ends with 0 where both agree on every image and every count is exact.

set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)

# Runs an image's program under the emulator, in name spaces of its own: `inside ROOT CONFIG EMULATOR ANSWER`.
if [ "$1" = inside ]; then
    root=$2 config=$3 emulator=$4 answer=$5
    mount --make-rprivate /
    mount --bind "$root" "$root"
    mount -o remount,bind,ro "$root"
    mount -t tmpfs -o mode=1777 tmpfs "$root/tmp"
    mount -t proc proc "$root/proc"
    mount -t tmpfs tmpfs "$root/dev"
    for device in null zero full random urandom; do
        touch "$root/dev/$device"
        mount --bind "/dev/$device" "$root/dev/$device"
    done
    install -m 755 "$emulator" "$root/tmp/rie"
    ip link set lo up
    python3 "$here/helper.py" start "$config" "$root" 8080 9001 >"$answer.log" 2>&1 &
    for _ in {1..50}; do
        if (exec 3<>/dev/tcp/127.0.0.1/8080) 2>/dev/null; then break; fi
        sleep 0.1
    done
    curl -s -m 20 -d '{}' http://127.0.0.1:8080/2015-03-31/functions/function/invocations >"$answer" || true
    exit 0
fi

lamblint=$(realpath "$1")
work=$(realpath -m "$2")
shift 2
archives=("$@")
mkdir -p "$work"
cd "$work"

# What every image is made of, kept between runs.

emulator=${EMULATOR:-$work/samcli/local/rapid/aws-lambda-rie-x86_64}
if [ ! -x "$emulator" ]; then
    pip download -q --no-deps aws-sam-cli
    python3 -m zipfile -e aws_sam_cli-*.whl wheel
    cp -r wheel/samcli .
    chmod 755 samcli/local/rapid/*
fi
if [ ! -e debian/done ]; then
    rm -rf debian
    debootstrap --variant=minbase --include=python3,ca-certificates,libstdc++6 bookworm debian >debootstrap.log
    rm -rf debian/var/cache/apt debian/var/lib/apt/lists debian/usr/share/{doc,man,locale,info} debian/dev/* \
        debian/tmp/* debian/var/log/* debian/proc/* debian/sys/*
    touch debian/done
fi
if [ ! -e packages/awslambdaric ]; then
    minor=$(chroot debian python3 -c 'import sys; print("%d.%d" % sys.version_info[:2])')
    pip install -q --target packages --python-version "$minor" --only-binary=:all: awslambdaric
fi
# The node client compiles a good part of curl; where that does not work out, our own script speaks for it.
if [ ! -e modules/tried ]; then
    mkdir -p modules
    # npm runs no script of a package that is not named here.
    echo '{"dependencies": {"aws-lambda-ric": "3.3.0"}, "allowScripts": {"aws-lambda-ric": true}}' >modules/package.json
    headers=$(dirname "$(dirname "$(readlink -f "$(command -v node)")")")
    if [ -d "$headers/include/node" ]; then export npm_config_nodedir=$headers; fi
    (cd modules && npm install --no-package-lock --foreground-scripts) >npm.log 2>&1 || true
    if ! find modules -name rapid-client.node | grep -q .; then rm -rf modules/node_modules; fi
    touch modules/tried
fi

# The good images.

rm -rf context layout storage unpacked archives reports
mkdir -p context archives reports unpacked
cp "$here"/{app.py,index.js,client.js} context
gcc -O1 -static -o context/bootstrap "$here/bootstrap.c"
cp "$(readlink -f "$(command -v node)")" context/node
chmod 755 context/* && chmod 644 context/{app.py,index.js,client.js}

cat >context/base.dockerfile <<'END'
FROM scratch
COPY debian /
END
cat >context/python.dockerfile <<'END'
FROM localhost/debian
COPY packages /usr/local/lib/python3.11/dist-packages
WORKDIR /var/task
COPY context/app.py .
ENTRYPOINT ["/usr/bin/python3", "-m", "awslambdaric"]
CMD ["app.handler"]
END
cat >context/node.dockerfile <<'END'
FROM localhost/debian
COPY context/node /usr/local/bin/
COPY context/client.js /usr/local/lib/client.js
WORKDIR /var/task
COPY context/index.js .
ENTRYPOINT ["/usr/local/bin/node", "/usr/local/lib/client.js"]
CMD ["index.handler"]
END
cat >context/node-client.dockerfile <<'END'
FROM localhost/debian
COPY context/node /usr/local/bin/
WORKDIR /var/task
COPY modules/node_modules node_modules
COPY context/index.js .
ENTRYPOINT ["/usr/local/bin/node", "/var/task/node_modules/.bin/aws-lambda-ric"]
CMD ["index.handler"]
END
cat >context/static.dockerfile <<'END'
FROM scratch
COPY context/bootstrap /var/task/bootstrap
WORKDIR /var/task
ENTRYPOINT ["/var/task/bootstrap"]
END

store=(buildah --storage-driver vfs --root "$work/storage" --runroot "$work/storage/run")
build() {
    "${store[@]}" build -q --isolation chroot -f "context/$1.dockerfile" -t "$2" . >/dev/null
}
build base localhost/debian
images=(python node static)
if [ -d modules/node_modules ]; then images+=(node-client); fi
for name in "${images[@]}"; do
    build "$name" "localhost/$name"
    "${store[@]}" push -q --disable-compression "localhost/$name" "oci:layout:$name"
done
good=("${images[@]}")
faulty=()

# Pictures made of them by hand: one thing changed in each.

like() { # like BASE NAME: NAME is BASE so far
    umoci tag --image "layout:$1" "$2"
}
put() { # put NAME MODE SOURCE TARGET: a file comes to lie at TARGET
    cp "$3" added
    chmod "$2" added
    umoci insert --image "layout:$1" added "$4"
}
folder() { # folder NAME MODE TARGET: a folder comes to have a mode
    rm -rf empty
    mkdir empty
    chmod "$2" empty
    umoci insert --image "layout:$1" empty "$3"
}
gone() { # gone NAME TARGET: a file is deleted
    umoci insert --image "layout:$1" --whiteout "$2"
}
set_up() { # set_up NAME OPTION…: the config changes
    umoci config --image "layout:$1" "${@:2}"
}
program() { # program NAME WORD…: the entrypoint changes
    local words=()
    for word in "${@:2}"; do words+=(--config.entrypoint "$word"); done
    umoci config --image "layout:$1" --clear config.entrypoint "${words[@]}"
}
fault() { # fault BASE NAME
    like "$1" "$2"
    faulty+=("$2")
}
right() { # right BASE NAME
    like "$1" "$2"
    good+=("$2")
}
# An entry script that goes on to the client: `script FIRST-LINE`.
script() {
    # shellcheck disable=SC2016 # the script itself expands it
    printf '%s\nexec /usr/bin/python3 -m awslambdaric "$1"\n' "$1" >entry.sh
}

# What only hides from lamblint that a file is needed may be a warning: a client that nobody knows reads it.
likely=(node-handler-600)
fault python handler-mode-600;   put handler-mode-600 600 context/app.py /var/task/app.py
fault python folder-mode-700;    folder folder-mode-700 700 /var/task
fault python handler-misnamed;   gone handler-misnamed /var/task/app.py
                                 put handler-misnamed 644 context/app.py /var/task/App.py
fault python handler-outside;    gone handler-outside /var/task/app.py
                                 put handler-outside 644 context/app.py /opt/app.py
fault python handler-in-tmp;     gone handler-in-tmp /var/task/app.py
                                 put handler-in-tmp 644 context/app.py /tmp/app.py
                                 set_up handler-in-tmp --config.workingdir /tmp
fault python handler-gone;       gone handler-gone /var/task/app.py
fault python library-gone;       gone library-gone /lib/x86_64-linux-gnu/libexpat.so.1
                                 gone library-gone /usr/lib/x86_64-linux-gnu/libexpat.so.1
fault python client-gone;        gone client-gone /usr/local/lib/python3.11/dist-packages/awslambdaric
fault python client-file-600;    put client-file-600 600 packages/awslambdaric/bootstrap.py \
                                     /usr/local/lib/python3.11/dist-packages/awslambdaric/bootstrap.py
fault python packages-mode-700;  folder packages-mode-700 700 /usr/local/lib/python3.11/dist-packages
fault python native-gone;        for native in packages/runtime_client*.so; do
                                     gone native-gone "/usr/local/lib/python3.11/dist-packages/${native##*/}"
                                 done
fault python folder-mode-711;    folder folder-mode-711 711 /var/task
right python python-mode-711;    put python-mode-711 711 debian/usr/bin/python3.11 /usr/bin/python3.11
fault python handler-malformed;  set_up handler-malformed --clear config.cmd --config.cmd app
fault python workdir-gone;       set_up workdir-gone --config.workingdir /nowhere
fault python client-mode-700;    folder client-mode-700 700 /usr/local/lib/python3.11/dist-packages/awslambdaric
script '#!/bin/sh'
fault python script-mode-644;    put script-mode-644 644 entry.sh /entry.sh
                                 program script-mode-644 /entry.sh
right python script;             put script 755 entry.sh /entry.sh
                                 program script /entry.sh
script '#!/bin/zsh'
fault python interpreter-gone;   put interpreter-gone 755 entry.sh /entry.sh
                                 program interpreter-gone /entry.sh
script '# Starts the function'
fault python script-no-first;    put script-no-first 755 entry.sh /entry.sh
                                 program script-no-first /entry.sh
script '#!/bin/sh'
sed -i 's/$/\r/' entry.sh
fault python script-crlf;        put script-crlf 755 entry.sh /entry.sh
                                 program script-crlf /entry.sh
fault node node-handler-600;     put node-handler-600 600 context/index.js /var/task/index.js
fault node node-client-600;      put node-client-600 600 context/client.js /usr/local/lib/client.js
fault node node-client-gone;     gone node-client-gone /usr/local/lib/client.js
fault node node-library-gone;    gone node-library-gone /usr/lib/x86_64-linux-gnu/libstdc++.so.6
if [ -d modules/node_modules ]; then
    fault node-client ric-handler-600;  put ric-handler-600 600 context/index.js /var/task/index.js
    fault node-client ric-misnamed;     gone ric-misnamed /var/task/index.js
                                        put ric-misnamed 644 context/index.js /var/task/Index.js
    native=$(cd modules && find node_modules/aws-lambda-ric -name rapid-client.node)
    fault node-client ric-native-gone;  for file in $native; do gone ric-native-gone "/var/task/$file"; done
    fault node-client ric-native-600;   for file in $native; do
                                            put ric-native-600 600 "modules/$file" "/var/task/$file"
                                        done
    fault node-client ric-gone;         gone ric-gone /var/task/node_modules/aws-lambda-ric
    right node-client ric-folder-711;   folder ric-folder-711 711 /var/task
    fault node-client ric-outside;      gone ric-outside /var/task/index.js
                                        put ric-outside 644 context/index.js /opt/index.js
fi
fault static program-mode-644;   put program-mode-644 644 context/bootstrap /var/task/bootstrap
fault static program-folder-700; folder program-folder-700 700 /var/task
right static program-mode-711;   put program-mode-711 711 context/bootstrap /var/task/bootstrap
right static program-folder-711; folder program-folder-711 711 /var/task
cp context/bootstrap other
printf '\xb7' | dd of=other bs=1 seek=18 conv=notrunc status=none
fault static program-other-arch; put program-other-arch 755 other /var/task/bootstrap
fault static program-in-tmp;     put program-in-tmp 755 context/bootstrap /tmp/bootstrap
                                 program program-in-tmp /tmp/bootstrap

# The same image in other forms, for counting.
forms() {
    skopeo copy -q oci:layout:python docker-archive:archives/python-docker.tar:localhost/python:docker
    skopeo copy -q --dest-compress --dest-compress-format gzip oci:layout:node oci-archive:archives/node-gzip.tar:node
    skopeo copy -q --dest-compress --dest-compress-format zstd oci:layout:static oci-archive:archives/static-zstd.tar:static
    "${store[@]}" push -q localhost/static oci-archive:archives/static-buildah.tar:static
    gzip -1 -c archives/python-docker.tar >archives/python-docker.tar.gz
}

# The verdict of `lamblint try` on an archive, as root or as a user, with the limits that the emulator has: the program is
# started from an open file, since it may lie where the user may not look.
tried() { # tried WHO ARCHIVE
    local start=(env)
    if [ "$1" = user ]; then start=(setpriv --reuid 1000 --regid 1000 --clear-groups); fi
    (cd / && "${start[@]}" /proc/self/fd/3 try --no-config --memory 512 --timeout 5 --format json - 3<"$lamblint" <"$2" || true) |
        sed -n 's/^  "verdict": "\(.*\)",$/\1/p'
}

# Every image as an archive: lamblint's word, the emulator's, and the counts.

say() { printf '%-20s %-9s %-15s %-8s %-22s %s\n' "$@"; }
say image emulator try lamblint codes "what the emulator says"
judge() { # judge NAME EXPECTED
    local name=$1 expected=$2 verdict started worst codes words mark=
    skopeo copy -q "oci:layout:$name" "oci-archive:archives/$name.tar:$name"
    "$lamblint" check --format json --fail-on never "archives/$name.tar" >"reports/$name.json"
    read -r worst codes < <(python3 "$here/helper.py" codes "reports/$name.json")
    umoci unpack --image "layout:$name" "unpacked/$name" >/dev/null 2>&1
    find "unpacked/$name/rootfs" -mindepth 1 ! -type d -printf . | wc -c >"reports/$name.files"
    mkdir -p "unpacked/$name/rootfs"/{tmp,proc,dev}
    skopeo inspect --config "oci:layout:$name" >"reports/$name.config"
    unshare --mount --pid --net --fork --kill-child "$here/run.sh" inside "$work/unpacked/$name/rootfs" \
        "$work/reports/$name.config" "$emulator" "$work/reports/$name.answer"
    verdict=fails
    if grep -q 'it works' "reports/$name.answer"; then verdict=answers; fi
    words=$(grep -o '"errorMessage":"[^"]*"' "reports/$name.answer" | head -n 1 || true)
    if [ "$verdict" = fails ] && [ -z "$words" ]; then words=$(grep -o ' error=.*' "reports/$name.answer.log" | tail -n 1 || true); fi
    case $verdict:$worst in
    answers:clean | fails:error) ;;
    fails:warning) [[ " ${likely[*]} " == *" $name "* ]] || mark="  <-- they differ" ;;
    *) mark="  <-- they differ" ;;
    esac
    if [ "$verdict" != "$expected" ]; then mark="$mark  <-- $expected was expected"; fi
    started="$(tried root "$work/archives/$name.tar") $(tried user "$work/archives/$name.tar")"
    if [ "$started" != "$verdict $verdict" ]; then mark="$mark  <-- try differs"; fi
    say "$name" "$verdict" "$started" "$worst" "$codes" "${words:0:90}$mark" >"reports/$name.line"
    rm -rf "unpacked/$name"
}
# As many at once as there are processors.
for name in "${good[@]/%/ answers}" "${faulty[@]/%/ fails}"; do
    while [ "$(jobs -rp | wc -l)" -ge "$(nproc)" ]; do wait -n; done
    # shellcheck disable=SC2086 # a name and a word
    judge $name &
done
wait
for name in "${good[@]}" "${faulty[@]}"; do cat "reports/$name.line"; done

forms
wrong=0
if cat reports/*.line | grep -q -e '<--'; then wrong=1; fi

echo
printf '%-60s %-30s %s\n' archive "layers, bytes, files" "lamblint's"
for archive in archives/*.tar archives/*.gz "${archives[@]}"; do
    theirs=$(python3 "$here/helper.py" count "$archive" 2>/dev/null || echo "not read")
    ours=-
    if "$lamblint" size --format json "$archive" >size.json 2>/dev/null; then
        ours=$(python3 "$here/helper.py" ours size.json)
    fi
    mark=
    if [ "$theirs" != "$ours" ]; then mark="  <-- they differ" wrong=1; fi
    files=reports/$(basename "$archive" .tar).files
    if [ -e "$files" ] && [ "${ours##* }" != "$(<"$files")" ]; then mark="$mark  <-- umoci has $(<"$files")" wrong=1; fi
    printf '%-60s %-30s %s\n' "$(basename "$archive")" "$theirs" "$ours$mark"
done

# Layers that are hard to merge: files that are no directories, by umoci and by lamblint.
rm -rf strange && mkdir strange
python3 "$here/strange.py" strange
agreed=0
for image in strange/*; do
    rm -rf unpacked/strange
    umoci unpack --image "$image:x" unpacked/strange >/dev/null 2>&1
    theirs=$(find unpacked/strange/rootfs -mindepth 1 ! -type d -printf . | wc -c)
    "$lamblint" size --format json "$image" >size.json
    ours=$(python3 "$here/helper.py" ours size.json)
    if [ "$theirs" = "${ours##* }" ]; then
        agreed=$((agreed + 1))
    else
        echo "${image##*/}: umoci has $theirs files, lamblint ${ours##* }  <-- they differ"
        wrong=1
    fi
done
echo "$agreed images that are hard to merge: as many files as umoci has"
exit "$wrong"
