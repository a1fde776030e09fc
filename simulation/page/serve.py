"""The command ``page``: the server, on this machine alone, with everything that keeps it offline."""

from __future__ import annotations

import contextlib
import importlib.util
import os
import socket
import warnings

from simulation.base.errors import fault
from simulation.model.plug_in import extra_rules
from simulation.scenario import known_scenarios, load

INSTALL = 'python -m pip install -e ".[page]"'
NEEDED = ("solara", "solara_assets", "ipyvuetify", "networkx", "altair")
CHOSEN = "HEADROOM_PAGE_SCENARIO"
ASSETS = "simulation.page.assets"
HERE = "127.0.0.1"


def serve(name: str, port: int) -> None:
    """Show the page, for this machine alone, until Ctrl-C. Raises Faults if it cannot be shown."""
    missing = [module for module in NEEDED if importlib.util.find_spec(module) is None]
    if missing:
        raise fault("page", f"the interactive page is an extra that is not installed; to install it: {INSTALL}")
    scenario = load(name)
    extra_rules(scenario)
    if scenario.neighbour_files:
        raise fault(name, "steps together with its neighbours; the page shows one authority. Use the command run.")
    _refuse_taken(port)
    os.environ.update(settings_of_server(str(scenario.path) if name not in known_scenarios() else name))
    warnings.filterwarnings("ignore", category=UserWarning, module="solara")
    import uvicorn

    print(f"The page is at http://{HERE}:{port}/ (on this machine alone). Ctrl-C ends it.", flush=True)
    with contextlib.suppress(KeyboardInterrupt):
        uvicorn.run("solara.server.starlette:app", host=HERE, port=port, log_level="error", timeout_graceful_shutdown=1)


def settings_of_server(name: str) -> dict[str, str]:
    """What the server is told by its environment: what to show, its looks, and to report to nobody."""
    return {
        CHOSEN: name,
        "SOLARA_APP": "simulation.page.app",
        "SOLARA_MODE": "production",
        "SOLARA_THEME_SHOW_BANNER": "False",
        "SOLARA_THEME_TITLE": "Headroom",
        "SOLARA_TELEMETRY_MIXPANEL_ENABLE": "False",
        "SOLARA_ASSETS_EXTRA_LOCATIONS": ASSETS,
        "SOLARA_ASSETS_FONTAWESOME_ENABLED": "False",
    }


def _refuse_taken(port: int) -> None:
    with socket.socket() as door:
        door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            door.bind((HERE, port))
        except OSError:
            raise fault("--port", f"{port} is taken by another program; give another, such as --port {port + 1}.") from None
