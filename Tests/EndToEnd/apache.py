"""A real Apache in front of a server: its own configuration in a folder of its own, on a port that the system chooses."""

from pathlib import Path

from front import Front, free_address

MODULES = Path("/usr/lib/apache2/modules")
CONFIGURATION = """\
ServerRoot {folder}
PidFile {folder}/apache.pid
ErrorLog {folder}/apache.log
ServerName front.test
Listen 127.0.0.1:{port}
{modules}
{server}
"""
LOADED = ("mpm_event", "authz_core", "proxy", "proxy_http", "proxy_uwsgi", "proxy_scgi", "env", "setenvif")


class Apache(Front):
    """`server` is the rest of its configuration, and `modules` what that needs beside the usual ones."""

    def __init__(self, folder: Path, server: str, *modules: str):
        self.address = free_address()
        loads = "\n".join(f"LoadModule {name}_module {MODULES}/mod_{name}.so" for name in (*LOADED, *modules))
        file = folder / "apache.conf"
        file.write_text(CONFIGURATION.format(folder=folder, port=self.address[1], modules=loads, server=server))
        # One process, which stays whoever starts it, so that it may read and connect to what the tests make.
        super().__init__("apache2", ["/usr/sbin/apache2", "-X", "-f", str(file)], self.address)
