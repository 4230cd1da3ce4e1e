"""Uploads too large for memory, on disk under a key that only this process has, and only while the request lasts."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from typing import IO, Any

from cryptography.fernet import Fernet
from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import FileUploadHandler

LENGTH_BYTES = 4


class SealedUpload(UploadedFile):  # type: ignore[type-arg]
    """An uploaded file whose pieces are decrypted one at a time. Read it by `chunks`."""

    def __init__(self, sealed: IO[bytes], cipher: Fernet, *, name: str, size: int) -> None:
        super().__init__(sealed, name, size=size)
        self._sealed = sealed
        self._cipher = cipher

    def chunks(self, chunk_size: int | None = None) -> Iterator[bytes]:  # noqa: ARG002 - Django's signature
        """The file in the pieces it came in."""
        self._sealed.seek(0)
        while length := self._sealed.read(LENGTH_BYTES):
            yield self._cipher.decrypt(self._sealed.read(int.from_bytes(length, "big")))

    def multiple_chunks(self, chunk_size: int | None = None) -> bool:  # noqa: ARG002
        """It is never read at once."""
        return True

    def close(self) -> None:
        """The file vanishes."""
        self._sealed.close()


class SealedUploads(FileUploadHandler):
    """What Django keeps large uploads with: without it they would lie in a temporary file in clear."""

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        """A file begins: a nameless temporary one, and a key for it."""
        super().new_file(*args, **kwargs)
        self._sealed: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 - lives as long as the upload
        self._cipher = Fernet(Fernet.generate_key())

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:  # noqa: ARG002
        """Keep one piece."""
        piece = self._cipher.encrypt(raw_data)
        self._sealed.write(len(piece).to_bytes(LENGTH_BYTES, "big") + piece)

    def file_complete(self, file_size: int) -> SealedUpload:
        """The file is whole."""
        return SealedUpload(self._sealed, self._cipher, name=self.file_name or "", size=file_size)

    def upload_interrupted(self) -> None:
        """The file is not wanted any more."""
        if hasattr(self, "_sealed"):
            self._sealed.close()
