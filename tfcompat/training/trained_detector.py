"""A finished garment detector, ready to find garments in photos."""

import dataclasses

import numpy as np
import tensorflow as tf
import tf_keras as keras

from tfcompat.data.boxed_photos import from_square, padded_boxes
from tfcompat.data.errors import InputError
from tfcompat.data.images import ImageStore
from tfcompat.data.progress import progress
from tfcompat.layers.keras_cv_import import import_keras_cv
from tfcompat.training.run_folder import RunFolder

_BATCH = 32


@dataclasses.dataclass(frozen=True)
class FoundGarments:
    """What was found in one photo, most confident first.

    Attributes:
        boxes: float `[k, 4]`, left, top, right and bottom as shares of the
            photo's sides.
        kinds: List of k names.
        confidences: float `[k]` in [0, 1].
    """

    boxes: np.ndarray
    kinds: list[str]
    confidences: np.ndarray

    def best(self, kind):
        """Place of the most confident garment of a kind; None if there is
        none."""
        return next(
            (place for place, name in enumerate(self.kinds) if name == kind),
            None,
        )


class TrainedDetector:
    """Finds garments with the model of a run folder.

    Args:
        path: Folder of a finished run of a garment detector.

    Attributes:
        kinds: List of the names of what it finds.
        image_size: Side of the images that it looks at.

    Raises:
        InputError: If the folder is no finished run of a detector.
    """

    def __init__(self, path):
        run = RunFolder(path)
        config = run.read_config()
        if config["config"] != "GarmentDetectorConfig":
            raise InputError(
                f"{run.path}: is a run of {config['config']}, which finds no "
                "garments."
            )
        file = run.model / "detector.keras"
        if not file.exists():
            run.require_finished()
        import_keras_cv()  # Registers the classes that are in the file.
        self.model = keras.saving.load_model(file, compile=False)
        self.kinds = run.read_json("model/kinds.json")
        self.image_size = config["image_size"]
        self._predict = tf.function(
            self._decoded,
            input_signature=[
                tf.TensorSpec(
                    [None, self.image_size, self.image_size, 3], tf.float32
                )
            ],
        )

    def find(self, images, sizes):
        """Finds garments in photos.

        Args:
            images: `ImageStore` of the photos at `image_size`.
            sizes: int `[n, 2]`, width and height of the photos.

        Returns:
            List of `FoundGarments`, one a photo.
        """
        found = []
        for start in progress(
            range(0, len(images), _BATCH), "finding garments", unit="batch"
        ):
            rows = tf.range(start, min(start + _BATCH, len(images)))
            decoded = self._predict(images.batch(rows))
            found += [
                self._garments(decoded, place, sizes[row])
                for place, row in enumerate(rows.numpy())
            ]
        return found

    def mean_average_precision(self, photos):
        """How well it finds what the boxes say, by KerasCV's COCO metric.

        Args:
            photos: `BoxedPhotos` of the same kinds.

        Returns:
            Dict of "map" (mean over overlaps of .5 to .95), "map_50" and
            "map_75", 0 to 1.

        Raises:
            InputError: If pycocotools is not installed.
        """
        try:
            import pycocotools  # noqa: F401
        except ImportError as error:
            raise InputError(
                "mAP needs pycocotools: in the clone of tfcompat, pip install "
                "'.[detector]'."
            ) from error
        metric = import_keras_cv().metrics.BoxCOCOMetrics(
            bounding_box_format="xyxy", evaluate_freq=1 << 30
        )
        truth = padded_boxes(photos, self.image_size)
        images = ImageStore(photos.paths, self.image_size)
        for start in range(0, len(photos), _BATCH):
            rows = slice(start, min(start + _BATCH, len(photos)))
            decoded = self._predict(
                images.batch(tf.range(rows.start, rows.stop))
            )
            decoded.pop("num_detections")
            metric.update_state(
                {name: tf.constant(v[rows]) for name, v in truth.items()},
                decoded,
            )
        result = metric.result(force=True)
        return {
            "map": float(result["MaP"]),
            "map_50": float(result["MaP@[IoU=50]"]),
            "map_75": float(result["MaP@[IoU=75]"]),
        }

    def _decoded(self, images):
        outputs = self.model(images, training=False)
        return self.model.decode_predictions(outputs, images)

    def _garments(self, decoded, place, size):
        count = int(decoded["num_detections"][place])
        confidences = decoded["confidence"][place][:count].numpy()
        order = np.argsort(-confidences, kind="stable")
        boxes = decoded["boxes"][place][:count].numpy()[order]
        classes = decoded["classes"][place][:count].numpy()[order]
        return FoundGarments(
            boxes=from_square(boxes / self.image_size, size),
            kinds=[self.kinds[int(label)] for label in classes],
            confidences=confidences[order],
        )
