"""CIGM: imagines a bottom to go with a top, the template of GECo."""

from tfcompat.layers.patch_discriminator import PatchDiscriminator
from tfcompat.layers.unet import UNet
from tfcompat.models.baselines.pix2pix.pix2pix import Pix2pix

# Smaller images have too few pixels to go without padding.
_UNPADDED = 128


def make_cigm(
    image_size=128, width=64, noise_dim=1024, dropout_rate=0.5, seed=0
):
    """Makes CIGM, the complementary item generation model.

    Pix2pix whose U-Net joins Gaussian noise to what the encoder brought down
    to one pixel, so that a top may have several templates; the discriminator
    sees top and bottom together.

    Args:
        image_size: Side of the images in pixels, a power of 2.
        width: Filters of both networks' first blocks; all others follow it.
        noise_dim: Numbers of noise.
        dropout_rate: Of the decoder's two innermost blocks.
        seed: Of noise and dropout in training.

    Returns:
        `Pix2pix` to be compiled. As its `call` says, a template is drawn
        without noise unless it is asked for.

    Reference:
        "Fashion image-to-image translation for complementary item retrieval"
        (GECo), section 4.2, equations 5 to 7; the sizes are those of the
        released code. Departs from that with images smaller than its 128
        pixels: the discriminator then pads.
    """
    blocks = image_size.bit_length() - 1  # Down to a single pixel.
    filters = [min(width * 2**i, 8 * width) for i in range(blocks)]
    return Pix2pix(
        UNet(filters, noise_dim, dropout_rate, dropout_blocks=2),
        PatchDiscriminator(
            [width * 2**i for i in range(4)],
            "valid" if image_size >= _UNPADDED else "same",
        ),
        image_size,
        seed,
        name="cigm",
    )
