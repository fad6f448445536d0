import subprocess
import sys
import types

import pytest

from tfcompat.cli import main as cli
from tfcompat.data.errors import InputError


@pytest.fixture
def command(monkeypatch):
    """Function that makes `tfcompat check` do something else."""

    def replace(action):
        module = types.SimpleNamespace(
            NAME="check",
            HELP="",
            add_arguments=lambda parser: None,
            run=lambda args: action(),
        )
        monkeypatch.setattr(cli, "_COMMANDS", ("check",))
        monkeypatch.setattr(cli.importlib, "import_module", lambda name: module)

    return replace


def fail(error):
    raise error


class TestExitStatus:
    def test_success(self, command):
        command(lambda: None)
        assert cli.main(["check"]) == 0

    def test_bad_input_is_one_line_and_2(self, command, capsys):
        command(lambda: fail(InputError("items.csv: line 3: no")))
        assert cli.main(["check"]) == 2
        error = capsys.readouterr().err
        assert error == "tfcompat check: items.csv: line 3: no\n"

    def test_debug_shows_where_bad_input_was_found(self, command, capsys):
        command(lambda: fail(InputError("no")))
        assert cli.main(["--debug", "check"]) == 2
        assert "Traceback" in capsys.readouterr().err

    def test_ctrl_c_is_130(self, command, capsys):
        command(lambda: fail(KeyboardInterrupt()))
        assert cli.main(["check"]) == 130
        assert capsys.readouterr().err == "tfcompat check: interrupted\n"

    def test_our_own_error_is_1(self, command, capsys):
        command(lambda: fail(RuntimeError("oops")))
        assert cli.main(["check"]) == 1
        assert "please report" in capsys.readouterr().err

    def test_wrong_usage_is_2(self):
        with pytest.raises(SystemExit) as exit_:
            cli.main(["dance"])
        assert exit_.value.code == 2


class TestStartUp:
    def test_help_loads_no_tensorflow_and_prints_nothing_on_stderr(self):
        code = (
            "import sys\nfrom tfcompat.cli.main import build_parser\n"
            "build_parser()\n"
            "heavy = {'tensorflow', 'pandas', 'numpy', 'matplotlib'}\n"
            "assert not heavy & set(sys.modules), heavy & set(sys.modules)"
        )
        result = subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True
        )
        assert result.returncode == 0, result.stderr
        assert result.stderr == ""
