# SPDX-License-Identifier: Apache-2.0
"""Disks of a few megabytes that can be filled and emptied: tmpfs in a mount namespace of
their own, which a process holds; they are gone with that process, whatever happens, and
nothing is mounted where others see it. Who is not root gets them by a user namespace,
where the machine allows that; else DiskUnavailable tells why."""
import os
import subprocess

ROOT = os.geteuid() == 0


class DiskUnavailable(Exception):
    pass


class SmallDisks:
    """Each name is a disk of so many megabytes at `folder`/name, seen there by what runs behind the command `enter`,
    with an empty folder `files` that PostgreSQL may have."""

    def __init__(self, folder, **megabytes):
        self.folder = folder
        unshare = ["unshare", "--mount", *([] if ROOT else ["--user", "--map-current-user", "--keep-caps"])]
        script = "set -e\n"
        for name, size in megabytes.items():
            os.makedirs(self.path(name))
            script += f"mount -t tmpfs -o size={size}m,mode=0777 workflowd-test '{self.path(name)}'\nmkdir '{self.path(name)}/files'\n"
            script += f"chown postgres: '{self.path(name)}/files'\n" if ROOT else ""
        try:
            self.holder = subprocess.Popen(["setpriv", "--pdeathsig", "KILL", *unshare, "sh", "-c", script + "echo ready; exec sleep infinity"],
                                           text=True, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        except OSError as problem:
            raise DiskUnavailable(str(problem))
        if self.holder.stdout.readline() != "ready\n":
            raise DiskUnavailable("this machine does not let us mount one: " + self.holder.communicate()[1].strip())
        self.enter = ["nsenter", f"--target={self.holder.pid}", "--mount", *([] if ROOT else ["--user", "--preserve-credentials"])]

    def path(self, name):
        return os.path.join(self.folder, name)

    def _run(self, script):
        done = subprocess.run([*self.enter, "sh", "-c", script], capture_output=True, text=True)
        assert done.returncode == 0, done.stderr

    def fill(self, name):
        """Takes all the room that is left."""
        ballast = os.path.join(self.path(name), "ballast")
        self._run(f"cat /dev/zero 2>/dev/null >> '{ballast}'; test -s '{ballast}'")

    def make_space(self, name):
        self._run(f"rm -f '{self.path(name)}/ballast'")

    def close(self):
        self.holder.kill()
        self.holder.communicate()
