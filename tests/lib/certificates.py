# SPDX-License-Identifier: Apache-2.0
"""Certificates of a test's own, made by openssl: an authority, and what it signs. Keys are
unencrypted PKCS #8, which OpenSSL, PostgreSQL and Java all read."""
import os
import subprocess


class Authority:
    """A certificate authority in `folder`; `certificate` is its path."""

    def __init__(self, folder, name="test authority"):
        self.folder = folder
        os.makedirs(folder, exist_ok=True)
        self.certificate = os.path.join(folder, "ca.pem")
        self._key = os.path.join(folder, "ca.key")
        self._openssl("req", "-x509", *self._new_key(self._key), "-out", self.certificate, "-days", "2", "-subj", f"/CN={name}")

    @staticmethod
    def _new_key(path):
        return ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", path]

    @staticmethod
    def _openssl(*arguments):
        done = subprocess.run(["openssl", *arguments], capture_output=True, text=True)
        assert done.returncode == 0, f"openssl {arguments[0]}: {done.stderr}"

    def sign(self, name, host=None):
        """Makes a key and a certificate for `name`, valid for the DNS name `host`; returns their paths."""
        key, request, certificate = (os.path.join(self.folder, f"{name}.{kind}") for kind in ("key", "csr", "pem"))
        self._openssl("req", *self._new_key(key), "-out", request, "-subj", f"/CN={name}")
        extensions = os.path.join(self.folder, f"{name}.ext")
        with open(extensions, "w") as out:
            out.write(f"subjectAltName=DNS:{host}\n" if host else "basicConstraints=CA:FALSE\n")
        self._openssl("x509", "-req", "-in", request, "-CA", self.certificate, "-CAkey", self._key, "-CAcreateserial",
                      "-days", "2", "-extfile", extensions, "-out", certificate)
        return key, certificate
