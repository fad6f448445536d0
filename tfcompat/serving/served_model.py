"""Which model a question is for."""

import dataclasses

from tfcompat.serving import wire


@dataclasses.dataclass(frozen=True)
class ServedModel:
    """One version of a model on a server.

    Args:
        name: The model.
        version: Its version; None for the newest.
        label: Instead of a version, the label that the server's configuration
            gives one.

    Raises:
        ValueError: If `name` is empty, or both version and label are given.
    """

    name: str
    version: int | None = None
    label: str | None = None

    def __post_init__(self):
        if not self.name:
            raise ValueError(f"`name` must not be empty, got {self.name!r}.")
        if self.version is not None and self.label is not None:
            raise ValueError(
                "`version` or `label`, not both, got "
                f"{self.version} and {self.label!r}."
            )

    def spec(self, signature=""):
        """Returns the `wire.ModelSpec` of a signature."""
        spec = wire.ModelSpec(name=self.name, signature_name=signature)
        if self.version is not None:
            spec.version.value = self.version
        if self.label is not None:
            spec.version_label = self.label
        return spec
