"""Beam's step from rows of `items` to examples with images."""

import apache_beam as beam
import numpy as np
import pyarrow as pa
from apache_beam.io.filesystem import BeamIOError
from apache_beam.io.filesystems import FileSystems

from tfcompat.data.errors import InputError
from tfcompat.data.image_files import ImagePaths
from tfx_pipeline.example_encoding import encode_examples, table_features
from tfx_pipeline.remote_paths import is_remote


class EncodeItems(beam.DoFn):
    """Encodes batches of items, reading each one's image.

    Args:
        wardrobe: The folder.
        path: Its table of items, to name in errors.
    """

    def __init__(self, wardrobe, path):
        self._wardrobe = wardrobe
        self._path = path

    def setup(self):
        # Paths of an object store cannot leave a folder; there is none.
        self._paths = None
        if not is_remote(self._wardrobe):
            self._paths = ImagePaths(self._wardrobe)

    def process(self, element, kinds):
        first, batch = element
        features = table_features(batch, kinds)
        features["row"] = pa.array(np.arange(first, first + batch.num_rows))
        if "image" in features:
            features["image_path"] = features["image"]
            features["image"] = self._read_images(batch)
        yield from encode_examples(features)

    def _read_images(self, batch):
        ids = batch.schema.get_field_index("item_id")
        contents = []
        for at, image in enumerate(batch.column("image").to_pylist()):
            item = batch.column(ids)[at].as_py() if ids >= 0 else at
            contents.append(self._read(image, item) if image else None)
        return pa.array(contents, pa.binary())

    def _read(self, image, item):
        problem = self._paths.problem(image) if self._paths else ""
        if not problem:
            try:
                with FileSystems.open(
                    FileSystems.join(self._wardrobe, image),
                    compression_type="uncompressed",
                ) as file:
                    return file.read()
            except FileNotFoundError:
                problem = "does not exist"
            except (BeamIOError, OSError) as error:
                problem = f"cannot be read: {error}"
        raise InputError(
            f"{self._path}, item {item!r}, column image: {image!r} {problem}."
        )
