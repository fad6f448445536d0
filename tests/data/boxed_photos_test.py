import numpy as np

from tfcompat.data.boxed_photos import (
    BoxedPhotos,
    from_square,
    padded_boxes,
    to_square,
)


class TestSquares:
    def test_a_wide_photo_by_hand(self):
        # 200 x 100 fills the square's middle half: shares of the height
        # shrink to a half and move down by a quarter.
        square = to_square([0.1, 0.0, 0.5, 1.0], [200, 100])
        np.testing.assert_allclose(square, [0.1, 0.25, 0.5, 0.75])

    def test_there_and_back_again(self):
        random = np.random.default_rng(0)
        boxes, sizes = random.random((9, 4)), random.integers(1, 99, (9, 2))
        back = from_square(to_square(boxes, sizes), sizes)
        np.testing.assert_allclose(back, boxes, atol=1e-12)

    def test_what_is_beside_the_photo_is_cut_off(self):
        box = from_square([0.1, 0.0, 0.5, 1.0], [200, 100])
        np.testing.assert_allclose(box, [0.1, 0.0, 0.5, 1.0])


class TestPaddedBoxes:
    def test_pixels_of_the_square_and_minus_one(self):
        photos = BoxedPhotos(
            paths=[None, None],
            sizes=np.array([[50, 50], [50, 100]]),
            boxes=[np.zeros((0, 4)), np.array([[0.0, 0.5, 1.0, 1.0]])],
            labels=[np.zeros(0, int), np.array([3])],
            names=("a", "b", "c", "d"),
        )
        padded = padded_boxes(photos, 32, most=2)
        assert (padded["boxes"][0] == -1).all()
        np.testing.assert_array_equal(padded["boxes"][1, 0], [8, 16, 24, 32])
        np.testing.assert_array_equal(padded["classes"], [[-1, -1], [3, -1]])
