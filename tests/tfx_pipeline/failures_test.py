from tfcompat.data.errors import InputError
from tfx_pipeline.failures import find_input_error


def chained(message):
    try:
        try:
            raise InputError(message)
        except InputError as error:
            raise RuntimeError("pipeline failed") from error
    except RuntimeError as error:
        return error


def test_found_behind_another_error_without_beams_addition():
    error = chained("items.csv: is empty. [while running 'Read/Read']")
    assert find_input_error(error) == "items.csv: is empty."


def test_found_in_the_text_of_another_process():
    text = (
        "Traceback (most recent call last):\n  File ...\n"
        "tfcompat.data.errors.InputError: a.csv: is bad. [while running 'X']\n"
    )
    assert find_input_error(RuntimeError(text)) == "a.csv: is bad."


def test_other_errors_are_none():
    assert find_input_error(KeyError("x")) is None
