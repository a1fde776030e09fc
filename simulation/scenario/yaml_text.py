"""Writing YAML that the strict reader reads back as it was."""

from __future__ import annotations

from typing import Any

import yaml

from simulation.scenario.reader import plain_scalar


class _Dumper(yaml.SafeDumper):
    """Writes no references, and quotes every text that would read as something else."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=None if _reads_back(text) else '"')


def _reads_back(text: str) -> bool:
    try:
        return plain_scalar(text) == text
    except ValueError:
        return False


_Dumper.add_representer(str, _text)


def yaml_text(data: Any) -> str:
    """``data`` (mappings, lists and scalars) as YAML, keys in their own order."""
    return yaml.dump(data, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=120, default_flow_style=None)
