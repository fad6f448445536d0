"""Files of what a server answered: garments, and a page of pictures."""

import base64
import datetime
import io
import pathlib

from tfcompat.cli.query_answer import Picture
from tfcompat.data.errors import InputError
from tfcompat.data.files import atomic_path
from tfcompat.version import __version__

_THUMBNAIL = 224


def save_garments(answers, path):
    """Writes what a model designed or imagined, as it came.

    Args:
        answers: List of `Answer`.
        path: The file; where there are several, `name-1.png` and so on.

    Raises:
        InputError: If the model gave none, or a file cannot be written.
    """
    garments = [answer.garment for answer in answers]
    if None in garments:
        raise InputError("--save: this model designs or imagines no garment.")
    path = pathlib.Path(path)
    for number, garment in enumerate(garments, start=1):
        target = path
        if len(garments) > 1:
            target = path.with_name(f"{path.stem}-{number}{path.suffix}")
        with atomic_path(target) as partial:
            partial.write_bytes(garment)


def write_page(args, answers, pictures):
    """Writes one self-contained page: queries, garments, and items found.

    Args:
        args: Arguments of `tfcompat query`.
        answers: List of `Answer`.
        pictures: `Pictures`.

    Raises:
        InputError: If the page cannot be written.
    """
    # Only pages need these two, and other answers should not wait for them.
    import jinja2

    page = jinja2.Environment(
        loader=jinja2.PackageLoader("tfcompat.cli", "."),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
    ).get_template("query_page.html")
    html = page.render(
        question=args.question,
        model=args.model,
        server=args.server,
        details=[
            (name, getattr(args, name))
            for name in ("group", "attribute", "remove", "add")
            if getattr(args, name, None)
        ],
        date=datetime.date.today().isoformat(),
        version=__version__,
        answers=[_show(answer, pictures) for answer in answers],
    )
    with atomic_path(args.html) as partial:
        partial.write_text(html, encoding="utf-8")


def _show(answer, pictures):
    return {
        "title": answer.title(),
        "queries": [
            _figure(query.name, query.content) for query in answer.queries
        ],
        "garment": answer.garment and _figure("", answer.garment),
        "items": [
            {
                **(
                    _figure(item.name, item.content)
                    if isinstance(item, Picture)
                    else _figure(item, pictures.of_item(item))
                ),
                "score": f"{score:.4f}",
            }
            for item, score in answer.items
        ],
    }


def _figure(name, content):
    """Name and data URI; the URI is None where there is no picture."""
    return {"name": name, "uri": content and _thumbnail(content)}


def _thumbnail(content):
    from PIL import Image, ImageOps

    try:
        with Image.open(io.BytesIO(content)) as image:
            image.draft("RGB", (_THUMBNAIL, _THUMBNAIL))
            photo = ImageOps.exif_transpose(image).convert("RGBA")
    except (OSError, Image.DecompressionBombError):
        return None  # The page says so in the picture's place.
    photo.thumbnail((_THUMBNAIL, _THUMBNAIL))
    png = io.BytesIO()
    photo.save(png, "PNG")
    return "data:image/png;base64," + base64.b64encode(png.getvalue()).decode()
