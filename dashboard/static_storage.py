"""Hashed, compressed static files."""

from __future__ import annotations

from typing import Any, ClassVar

from whitenoise.storage import CompressedManifestStaticFilesStorage


class ConsoleStaticFilesStorage(CompressedManifestStaticFilesStorage):  # type: ignore[misc]
    """WhiteNoise's storage that ignores `sourceMappingURL` comments.

    The vendored files carry them and their maps are not shipped, which would stop `collectstatic`.
    """

    patterns: ClassVar[Any] = tuple(
        (
            extension,
            tuple(
                pattern
                for pattern in patterns
                if "sourceMappingURL" not in (pattern if isinstance(pattern, str) else pattern[0])
            ),
        )
        for extension, patterns in CompressedManifestStaticFilesStorage.patterns
    )
