#!/bin/sh
# install.sh [--prefix FOLDER] [--uninstall]: puts Martlet into a folder, by default ~/.local, or /usr/local for root.
set -eu
cd "$(dirname "$0")"

fail() {
    echo "install.sh: $1" >&2
    exit 1
}

if [ "$(id -u)" -eq 0 ]; then prefix=/usr/local; else prefix=${HOME:?}/.local; fi
uninstall=false
while [ $# -gt 0 ]; do
    case $1 in
    --prefix) [ $# -gt 1 ] || fail "--prefix needs a folder: ./install.sh --prefix /opt/martlet"; prefix=$2; shift ;;
    --prefix=*) prefix=${1#--prefix=} ;;
    --uninstall) uninstall=true ;;
    *) fail "'$1' is not known. Usage: ./install.sh [--prefix FOLDER] [--uninstall]" ;;
    esac
    shift
done
case $prefix in /*) ;; *) fail "the prefix '$prefix' does not begin with a slash" ;; esac

files=$(sed 's/^[0-9a-f]*  //' SHA256SUMS)

if $uninstall; then
    for file in $files; do rm -f "$prefix/$file"; done
    # The folders that are Martlet's alone.
    for folder in lib/martlet share/doc/martlet; do rmdir "$prefix/$folder" 2>/dev/null || true; done
    echo "Martlet is removed from $prefix."
    exit
fi

sha256sum --check --quiet SHA256SUMS || fail "the archive is not whole; fetch it again"
bin/martlet --version >/dev/null || fail "the program does not run here: the lines above say what is missing.
It needs glibc 2.35 or newer, libstdc++, zlib, libcrypt, libzstd and libbrotli."

for file in $files; do
    mkdir -p "$prefix/${file%/*}" || fail "nothing can be written into $prefix; choose another folder with --prefix"
    # A server that runs goes on with the file that it has: 'martlet upgrade' exchanges it.
    cp -p "$file" "$prefix/$file.new" && mv -f "$prefix/$file.new" "$prefix/$file"
done

echo "Martlet is installed: $prefix/bin/martlet"
case ":$PATH:" in
*":$prefix/bin:"*) ;;
*) echo "$prefix/bin is not in PATH yet: export PATH=\"$prefix/bin:\$PATH\"" ;;
esac
