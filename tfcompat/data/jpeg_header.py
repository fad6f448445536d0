"""What a JPEG's header tells, read without an image library.

Pillow takes as long to open a small JPEG as it takes to decode it.
"""

import struct

_START = b"\xff\xd8"
# Frames by Huffman codes, sequential or progressive: what cameras write.
_FRAMES = {0xC0, 0xC1, 0xC2}
_SCAN, _APP1 = 0xDA, 0xE1


def plain_jpeg_size(start):
    """Height and width of a JPEG that says nothing of its orientation.

    Args:
        start: The file's first bytes.

    Returns:
        `(height, width)`; None of all other files, of headers that are longer
        than `start`, and wherever there is doubt: those need a closer look.
    """
    if start[:2] != _START:
        return None
    at = 2
    while at + 4 <= len(start):
        mark, kind, length = struct.unpack_from(">BBH", start, at)
        if mark != 0xFF or kind == _SCAN or length < 2:
            return None
        if kind == _APP1 and start[at + 4 : at + 8] == b"Exif":
            return None
        if kind in _FRAMES:
            if length < 8 or at + 9 > len(start):
                return None
            height, width = struct.unpack_from(">HH", start, at + 5)
            return (height, width) if height and width else None
        at += 2 + length
    return None
