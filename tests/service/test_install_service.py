"""hark install-service: what is written is what is shown, and fits where hark is."""

import sys
from pathlib import Path

import pytest

from edge.cli import main
from edge.errors import UsageError
from edge.service.units import system_units, user_units

pytestmark = pytest.mark.runtime

Captured = pytest.CaptureFixture[str]


@pytest.fixture
def programs(tmp_path: Path) -> Path:
    """A folder with the program, of a name that systemd could misread."""
    folder = tmp_path / "100 %" / "bin"
    folder.mkdir(parents=True)
    (folder / "hark").touch()
    return folder


def test_the_units_find_the_program_where_it_is(programs: Path) -> None:
    for units in (system_units(programs, network=False), user_units(programs, Path("/home/anna"))):
        ((path, text),) = units.items()
        assert path.name == "hark.service"
        shown = str(programs).replace("%", "%%")
        assert f'Environment="PATH={shown}:/usr/local/bin:/usr/bin:/bin"\n' in text
        assert "/opt/hark/.venv/bin" not in text


def test_the_network_is_a_wish(programs: Path) -> None:
    paths = [str(path) for path in system_units(programs, network=True)]
    assert paths == ["/etc/systemd/system/hark.service", "/etc/systemd/system/hark.service.d/network.conf"]


def test_a_coral_is_a_wish(programs: Path) -> None:
    before, after = (system_units(programs, network=False, coral=coral) for coral in (False, True))
    assert {str(path) for path in after.keys() - before.keys()} == {
        "/etc/systemd/system/hark.service.d/coral.conf",
        "/etc/udev/rules.d/70-hark.rules",
    }


def test_a_program_that_the_service_could_not_see_is_refused() -> None:
    with pytest.raises(UsageError, match="hidden from services"):
        system_units(Path("/home/anna/.venv/bin"), network=False)


def test_a_python_that_the_service_could_not_see_is_refused(programs: Path, tmp_path: Path) -> None:
    (programs / "python").symlink_to("/root/.pyenv/versions/3.11.7/bin/python3.11")
    with pytest.raises(UsageError, match=r"^/root/.pyenv/.* is hidden from services .* by a python of the machine"):
        system_units(programs, network=False)
    (tmp_path / "link").symlink_to("/home/anna/hark")
    with pytest.raises(UsageError, match=r"^/home/anna/hark/bin is hidden from services"):
        system_units(tmp_path / "link" / "bin", network=False)


def test_a_program_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no program hark in"):
        system_units(tmp_path, network=False)


class TestProgram:
    """In this process, as if it were installed in a folder of the test."""

    @pytest.fixture(autouse=True)
    def _installed(self, programs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(sys, "executable", str(programs / "python"))

    def test_nothing_is_written_for_a_look(self, capsys: Captured, tmp_path: Path) -> None:
        assert main(["install-service", "--print", "--network", "--root", str(tmp_path / "image")]) == 0
        shown = capsys.readouterr().out
        assert "# /etc/systemd/system/hark.service\n" in shown
        assert "PrivateNetwork=no" in shown
        assert not (tmp_path / "image").exists()

    def test_what_was_shown_is_written(self, capsys: Captured, tmp_path: Path) -> None:
        image = tmp_path / "image"
        main(["install-service", "--print"])
        shown = capsys.readouterr().out
        assert main(["install-service", "--apply", "--root", str(image)]) == 0
        text = (image / "etc/systemd/system/hark.service").read_text()
        assert shown == f"# /etc/systemd/system/hark.service\n{text}"
        assert "next: systemctl daemon-reload" in capsys.readouterr().err

    def test_what_is_no_longer_allowed_goes(self, capsys: Captured, tmp_path: Path) -> None:
        service = tmp_path / "etc/systemd/system/hark.service"
        own = service.parent / "hark.service.d/mine.conf"
        main(["install-service", "--apply", "--network", "--coral", "--root", str(tmp_path)])
        own.write_text("[Service]\n")
        capsys.readouterr()
        main(["install-service", "--apply", "--root", str(tmp_path)])
        said = capsys.readouterr().err
        assert [line.rsplit("/")[-1] for line in said.splitlines() if "removed" in line] == [
            "network.conf",
            "coral.conf",
            "70-hark.rules",
        ]
        assert sorted(path for path in tmp_path.rglob("*.*") if "img" not in path.name and path.is_file()) == sorted(
            [service, own, tmp_path / "etc/hark/hark.toml"]
        )

    def test_a_configuration_that_is_there_stays(self, capsys: Captured, tmp_path: Path) -> None:
        file = tmp_path / "etc/hark/hark.toml"
        for text in (None, "[trigger]\n"):
            if text:
                file.write_text(text)
            assert main(["install-service", "--apply", "--root", str(tmp_path)]) == 0
            assert file.read_text() == (text or file.read_text())
        assert capsys.readouterr().err.count("hark.toml") == 1

    def test_the_first_configuration_can_be_read(self, tmp_path: Path) -> None:
        from edge.config import Config, load_config

        main(["install-service", "--apply", "--root", str(tmp_path)])
        assert load_config(tmp_path / "etc/hark/hark.toml").trigger == Config().trigger

    def test_a_user_has_one_too(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Captured) -> None:
        monkeypatch.setenv("HOME", str(tmp_path / "anna"))
        assert main(["install-service", "--apply", "--user"]) == 0
        assert (tmp_path / "anna/.config/systemd/user/hark.service").is_file()
        assert (tmp_path / "anna/.config/hark/hark.toml").is_file()
        assert "systemctl --user enable --now hark" in capsys.readouterr().err

    def test_a_user_s_state_is_where_the_user_may_write(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        from edge.config import load_config

        monkeypatch.setenv("HOME", str(tmp_path / 'anna "a"'))
        main(["install-service", "--apply", "--user"])
        config = load_config(tmp_path / 'anna "a"/.config/hark/hark.toml')
        assert config.outbox.path == str(tmp_path / 'anna "a"/.local/state/hark/outbox.db')
        assert config.recording.folder == str(tmp_path / 'anna "a"/.local/state/hark/clips')

    def test_a_coral_is_for_a_service_of_the_machine(self, capsys: Captured) -> None:
        assert main(["install-service", "--print", "--user", "--coral"]) == 64
        assert "leave out --user" in capsys.readouterr().err

    def test_who_may_not_write_is_told_what_to_do(self, tmp_path: Path, capsys: Captured) -> None:
        (tmp_path / "etc").touch()
        assert main(["install-service", "--apply", "--root", str(tmp_path)]) == 74
        assert "cannot be written (Not a directory): run it with sudo, or give --user" in capsys.readouterr().err

    @pytest.mark.parametrize("arguments", [[], ["--print", "--apply"], ["--print", "--user", "--network"]])
    def test_what_cannot_be_is_refused(self, arguments: list[str]) -> None:
        with pytest.raises(SystemExit) as ended:
            main(["install-service", *arguments])
        assert ended.value.code == 64
