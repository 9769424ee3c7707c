#!/bin/sh
# install.sh [--prefix FOLDER] [--uninstall]: puts Martlet into a folder, by default ~/.local, or /usr/local for root.
set -eu

usage="Usage: ./install.sh [--prefix FOLDER] [--uninstall]"
# The folders that were made for Martlet, and are removed with it.
list=share/doc/martlet/folders

fail() {
    echo "install.sh: $1" >&2
    exit 1
}

CDPATH='' cd "$(dirname "$(readlink -f "$0")")"

prefix=
uninstall=false
while [ $# -gt 0 ]; do
    case $1 in
    --prefix) [ $# -gt 1 ] || fail "--prefix needs a folder: ./install.sh --prefix /opt/martlet"; prefix=$2; shift ;;
    --prefix=*) prefix=${1#--prefix=} ;;
    --uninstall) uninstall=true ;;
    -h | --help) echo "$usage"; exit ;;
    *) fail "'$1' is not known. $usage" ;;
    esac
    shift
done
if [ -z "$prefix" ]; then
    if [ "$(id -u)" -eq 0 ]; then
        prefix=/usr/local
    else
        [ -n "${HOME:-}" ] || fail "HOME is not set; choose a folder with --prefix"
        prefix=$HOME/.local
    fi
fi
case $prefix in /*) ;; *) fail "the prefix '$prefix' does not begin with a slash" ;; esac

files=$(sed 's/^[0-9a-f]*  //' SHA256SUMS)

if $uninstall; then
    made=$(cat "$prefix/$list" 2>/dev/null || true)
    for file in $files $list; do rm -f "$prefix/$file" || fail "$prefix/$file cannot be removed"; done
    # Those within others come first. What somebody else has put into one stays.
    printf '%s\n' "$made" | sort -r | while read -r folder; do
        [ -z "$folder" ] || rmdir "$prefix/$folder" 2>/dev/null || true
    done
    echo "Martlet is removed from $prefix."
    exit
fi

sha256sum --check --quiet SHA256SUMS || fail "the archive is not whole; fetch it again"
bin/martlet --version >/dev/null || fail "the program does not run here: the lines above say what is missing.
It needs glibc 2.35 or newer, libstdc++, zlib, libcrypt, libzstd and libbrotli."

refuse() { fail "nothing can be written into $1; choose another folder with --prefix"; }

make_folder() {
    [ ! -d "$prefix/$1" ] || return 0
    case $1 in */*) make_folder "${1%/*}" ;; esac
    mkdir "$prefix/$1" || refuse "$prefix"
    made="$made
$1"
}

clean_up() { for file in $files $list; do rm -f "$prefix/$file.new"; done; }

made=$(cat "$prefix/$list" 2>/dev/null || true)
mkdir -p "$prefix" || refuse "$prefix"
trap clean_up EXIT
trap 'exit 1' HUP INT TERM
# Everything is there before anything takes its place.
for file in $files; do
    make_folder "${file%/*}"
    [ ! -d "$prefix/$file" ] || fail "$prefix/$file is a folder, in the place of a file; move it away"
    # A copy belongs to who runs this, whoever has unpacked the archive.
    rm -f "$prefix/$file.new"
    cp "$file" "$prefix/$file.new" || refuse "$prefix/${file%/*}"
    if [ -x "$file" ]; then chmod 755 "$prefix/$file.new"; else chmod 644 "$prefix/$file.new"; fi
done
printf '%s\n' "$made" >"$prefix/$list.new" || refuse "$prefix"
for file in $files $list; do
    # A server that runs goes on with the file that it has: 'martlet upgrade' exchanges it.
    mv -f "$prefix/$file.new" "$prefix/$file" || fail "$prefix/$file cannot be exchanged"
done

echo "Martlet is installed: $prefix/bin/martlet"
case ":$PATH:" in
*":$prefix/bin:"*) ;;
*) echo "$prefix/bin is not in PATH yet: export PATH=\"$prefix/bin:\$PATH\"" ;;
esac
