"""The commands: what they print, exit codes, and that bad input never ends in a traceback or a half-written file."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from simulation.base.errors import fault
from simulation.cli import main

ROOT = Path(__file__).resolve().parent.parent
COMMANDS = ("run", "check", "show", "diff", "describe", "schema", "examine", "compare", "report", "profile", "calibrate", "backtest", "export-903", "page")
GOOD = "schema_version: 1\nstart: 2020-02-29\nweeks: 52\ncasework: {hours_factor: 1.1}\nchanges:\n  - {from: 2020-09, add: {casework.hours_factor: 1}, note: why}\n"
HEAVY = ("numpy", "pandas", "scipy", "mesa", "matplotlib", "pyarrow", "lifelines", "holidays", "jinja2")


def run(*arguments: str, cwd: Path = ROOT) -> subprocess.CompletedProcess[str]:
    """The command in a process of its own, as a user runs it."""
    return subprocess.run([sys.executable, str(ROOT / "run.py"), *arguments], cwd=cwd, capture_output=True, text=True, timeout=600, check=False)


def test_help_names_every_command() -> None:
    done = run("--help")
    assert done.returncode == 0
    assert all(f"\n    {name}" in done.stdout for name in COMMANDS)


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_help(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stop:
        main([name, "--help"])
    assert stop.value.code == 0
    assert capsys.readouterr().out.startswith(f"usage: headroom {name}")


def test_before_anything_is_installed_it_says_how_to_install() -> None:
    """``-S`` leaves Python without its installed packages."""
    done = subprocess.run([sys.executable, "-S", str(ROOT / "run.py"), "run", "bradford_2018"], cwd=ROOT, env={"PATH": ""}, capture_output=True,
                          text=True, timeout=600, check=False)
    assert done.returncode == 2 and "Traceback" not in done.stderr
    assert "is not installed. In the folder of run.py: python -m pip install -e ." in done.stderr


@pytest.mark.parametrize("arguments", [["--help"], ["check", "try.yaml"], ["show", "try.yaml"], ["schema"], ["diff", "try.yaml", "try.yaml"]])
def test_light_commands_import_nothing_heavy(arguments: list[str], write) -> None:
    folder = write(GOOD).parent
    code = ("import sys\nfrom simulation.cli import main\ntry:\n    main(sys.argv[1:])\nexcept SystemExit:\n    pass\n"
            f"print('heavy:', [name for name in {HEAVY} if name in sys.modules])")  # fmt: skip
    done = subprocess.run([sys.executable, "-c", code, *arguments], cwd=folder, env={"PYTHONPATH": str(ROOT), "PATH": ""}, capture_output=True,
                          text=True, timeout=600, check=False)  # fmt: skip
    assert done.stdout.endswith("heavy: []\n"), done.stdout[-500:] + done.stderr


class TestCheck:
    def test_a_good_file(self, write, capsys) -> None:
        assert main(["check", str(write(GOOD))]) == 0
        assert "try: in order." in capsys.readouterr().out

    def test_ignored_changes_are_noted(self, write, capsys) -> None:
        assert main(["check", str(write(GOOD)), "--weeks", "10"]) == 0
        assert "this run ends on 2020-05-09, before these changes of its: casework.hours_factor from 2020-09-01." in capsys.readouterr().err

    def test_faults_go_to_the_error_stream_with_code_2(self, write) -> None:
        path = write(GOOD + "wrong: 1\nalso_wrong: 2\n")
        done = run("check", "try.yaml", cwd=path.parent)
        assert done.returncode == 2
        assert done.stdout == ""
        look = "'run.py describe WORD' finds settings by a word of their meaning."
        assert done.stderr.splitlines() == [f"try.yaml:7:1: wrong: 'wrong' is not a setting. {look}",
                                            f"try.yaml:8:1: also_wrong: 'also_wrong' is not a setting. {look}"]  # fmt: skip

    def test_a_missing_file(self) -> None:
        done = run("check", "nowhere.yaml")
        assert (done.returncode, "Traceback" in done.stderr) == (2, False)
        assert "nowhere.yaml: there is no such scenario file." in done.stderr


class TestShow:
    def test_every_value_and_where_it_comes_from(self, write, capsys) -> None:
        write(GOOD, "base.yaml")
        path = write("schema_version: 1\nextends: base.yaml\ntitle: Mine\n")
        assert main(["show", str(path), "--set", "casework.reading_in_hours=7"]) == 0
        lines = capsys.readouterr().out.splitlines()
        assert lines[0] == "# try: Mine"
        assert "title: Mine  # try.yaml:3" in lines
        assert "weeks: 52  # base.yaml:3" in lines
        assert "casework.hours_factor: 1.1  # base.yaml:4" in lines
        assert "casework.reading_in_hours: 7.0  # --set casework.reading_in_hours=7" in lines
        assert "casework.order: most_overdue_first  # default" in lines
        assert "changes[1]: from 2020-09-01 add casework.hours_factor 1.0 (why)  # base.yaml:6" in lines
        assert any(line.startswith("casework.duties.visit.hours: ") and line.endswith("# default") for line in lines)

    def test_rows_given_by_name_show_their_line(self, write, capsys) -> None:
        assert main(["show", str(write(GOOD.replace("{hours_factor: 1.1}", "{duties: {visit: {hours: 4}}, hours_factor: 1.1}")))]) == 0
        lines = capsys.readouterr().out.splitlines()
        assert "casework.duties.visit.hours: 4.0  # try.yaml:4" in lines
        assert any(line.startswith("casework.duties.visit.priority: ") and line.endswith("# default") for line in lines)

    def test_series(self, write, capsys) -> None:
        path = str(write(GOOD))
        assert main(["show", path, "--series"]) == 0
        assert capsys.readouterr().out == "casework.hours_factor\n  2020-02-29  1.1\n  2020-09-01  2.1\n"
        assert main(["show", path, "--series", "casework.reading_in_hours"]) == 0
        assert capsys.readouterr().out.startswith("casework.reading_in_hours: ")
        assert main(["show", path, "--series", "casework.reading_in_hour"]) == 2
        assert "Did you mean 'casework.reading_in_hours'?" in capsys.readouterr().err

    def test_nothing_changes(self, write, capsys) -> None:
        assert main(["show", str(write("schema_version: 1\n")), "--series"]) == 0
        assert capsys.readouterr().out == "try: nothing changes.\n"

    def test_yaml_can_be_run_again(self, write, capsys) -> None:
        assert main(["show", str(write(GOOD)), "--yaml"]) == 0
        assert main(["check", str(write(capsys.readouterr().out, "again.yaml"))]) == 0


class TestDiff:
    def test_what_differs(self, write, capsys) -> None:
        other = GOOD.replace("1.1", "1.2").replace("2020-09", "2020-10").replace("weeks: 52", "weeks: 60")
        assert main(["diff", str(write(GOOD, "a.yaml")), str(write(other, "b.yaml"))]) == 0
        assert capsys.readouterr().out.splitlines() == [
            "# a -> b", "weeks: 52 -> 60  # b.yaml:3", "casework.hours_factor: 1.1 -> 1.2  # b.yaml:4",
            "- change from 2020-09-01 add casework.hours_factor 1.0", "+ change from 2020-10-01 add casework.hours_factor 1.0",
        ]  # fmt: skip

    def test_nothing_differs(self, write, capsys) -> None:
        assert main(["diff", str(write(GOOD, "a.yaml")), str(write(GOOD, "b.yaml"))]) == 0
        assert capsys.readouterr().out.endswith("nothing differs\n")


class TestRun:
    @pytest.mark.parametrize(
        ("arguments", "message"),
        [
            (["try.yaml", "--set", "wrong=1"], "--set wrong=1: wrong: 'wrong' is not a setting."),
            (["try.yaml", "nowhere.yaml"], "nowhere.yaml: there is no such scenario file."),
            (["try.yaml", "--replications", "few"], "--replications: 'few' is not a whole number from 1, or auto."),
            (["try.yaml", "--replications", "0"], "--replications"),
            (["try.yaml", "--weeks", "0"], "--weeks"),
            (["try.yaml", "--weeks", "-5"], "--weeks"),
            (["try.yaml", "--weeks", "1000000"], "--weeks: 1000000 is not a whole number from 1 to 5,200."),
            (["try.yaml", "--out", "x" * 400], "cannot be used for results: File name too long."),
            (["try.yaml", "--seed", "x"], "--seed"),
            (["try.yaml", "--seed", "-1"], "--seed: '-1' is not a whole number from 0"),
            (["rules.yaml"], "if you trust them, add --allow-rules."),
            (["rules.yaml", "--allow-rules"], "there is no my_rules.py beside the scenario"),
            ([], "SCENARIO"),
        ],
    )
    def test_bad_input_is_refused_before_anything_is_written(self, arguments: list[str], message: str, write) -> None:
        folder = write(GOOD).parent
        write(GOOD + "rules: [my_rules:Early]\n", "rules.yaml")
        before = sorted(folder.rglob("*"))
        done = run("run", *arguments, cwd=folder)
        assert done.returncode == 2
        assert message in done.stderr
        assert "Traceback" not in done.stderr
        assert sorted(folder.rglob("*")) == before


def test_without_a_command_a_short_bradford_is_run(monkeypatch, capsys, tmp_path) -> None:
    asked: dict[str, object] = {}

    def run_experiment(scenarios: list, **how: object) -> Path:
        asked.update(how, ids=[scenario.id for scenario in scenarios])
        return tmp_path

    monkeypatch.setattr("simulation.experiment.runner.run_experiment", run_experiment)
    monkeypatch.setattr("simulation.experiment.runner.tell", lambda folder: f"told of {folder}")
    monkeypatch.setattr("simulation.experiment.runner.exit_code", lambda folder: 0)
    assert main([]) == 0
    assert (asked["ids"], asked["weeks"], asked["replications"]) == (["bradford_2020"], 26, 2)
    out = capsys.readouterr().out
    assert f"told of {tmp_path}" in out
    assert "--help" in out


class TestEndings:
    def test_unknown_commands_are_refused(self, capsys) -> None:
        with pytest.raises(SystemExit) as stop:
            main(["rnu"])
        assert stop.value.code == 2
        assert "Did you mean 'run'?" in capsys.readouterr().err

    def test_an_interrupt_says_how_to_go_on(self, monkeypatch, capsys, write) -> None:
        def stopped(*_: object, **__: object) -> None:
            raise KeyboardInterrupt

        monkeypatch.setattr("simulation.scenario.load_all", stopped)
        assert main(["check", str(write(GOOD))]) == 130
        assert "carries on" in capsys.readouterr().err

    def test_faults_of_any_room_end_with_code_2(self, monkeypatch, capsys, write) -> None:
        def refused(*_: object, **__: object) -> None:
            raise fault("here", "this is wrong.")

        monkeypatch.setattr("simulation.scenario.load_all", refused)
        assert main(["check", str(write(GOOD))]) == 2
        assert capsys.readouterr().err == "here: this is wrong.\n"

    @pytest.mark.parametrize(("command", "reader"), [("schema", "head -n 1"), ("show try.yaml", "true")])
    def test_a_closed_pipe_is_no_error(self, command: str, reader: str, write) -> None:
        """``schema`` is more than a pipe holds; ``true`` has gone before the first word."""
        folder = write(GOOD).parent
        pipe = f"{sys.executable} {ROOT}/run.py {command} | {reader}"
        done = subprocess.run(pipe, shell=True, cwd=folder, capture_output=True, text=True, timeout=600, check=False)
        assert done.stdout == ("{\n" if command == "schema" else "")
        assert done.stderr == ""
