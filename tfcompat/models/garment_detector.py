"""Finds garments in photos: KerasCV's YOLOV8, built without downloads."""

from tfcompat.layers.keras_cv_import import import_keras_cv

# Boxes that are kept for choosing from; what counts as found is up to whoever
# uses them.
_LEAST_CONFIDENCE = 0.05
_MOST_BOXES = 20


def make_garment_detector(
    num_kinds, image_size, width=32, depth=1, overlap=0.5
):
    """Builds an untrained detector.

    PSA-Net crops by YOLO3; YOLOV8 is its successor that KerasCV keeps. The
    defaults are its smallest published size but one.

    Args:
        num_kinds: How many kinds of garments there are to find.
        image_size: Side of the images in pixels, a multiple of 32.
        width: Channels of the first stage; each later one has twice as many.
        depth: Blocks of each stage.
        overlap: Of two boxes of one kind that overlap more (intersection over
            union), the less confident is dropped.

    Returns:
        `keras_cv.models.YOLOV8Detector`; images are float `[n, s, s, 3]` in
        [0, 1], boxes left, top, right and bottom in pixels. `predict` gives
        a dict of "boxes" `[n, 20, 4]`, "classes" and "confidence" `[n, 20]`,
        -1 where there are fewer, and "num_detections" `[n]`.

    Raises:
        ValueError: If `image_size` is no multiple of 32.

    Reference:
        PSA-Net, section IV-B, fig. 4.
    """
    if image_size < 32 or image_size % 32:
        raise ValueError(
            f"`image_size` must be a multiple of 32, got {image_size}."
        )
    keras_cv = import_keras_cv()
    backbone = keras_cv.models.YOLOV8Backbone(
        stackwise_channels=[width * 2**stage for stage in range(4)],
        stackwise_depth=[depth] * 4,
        include_rescaling=False,
        input_shape=(image_size, image_size, 3),
    )
    return keras_cv.models.YOLOV8Detector(
        backbone=backbone,
        num_classes=num_kinds,
        bounding_box_format="xyxy",
        fpn_depth=1,
        prediction_decoder=keras_cv.layers.NonMaxSuppression(
            bounding_box_format="xyxy",
            from_logits=False,
            iou_threshold=overlap,
            confidence_threshold=_LEAST_CONFIDENCE,
            max_detections=_MOST_BOXES,
        ),
    )
