"""What a person types. Parses arguments, calls `commands`, prints; an expected error is one message and exit code 1."""

from __future__ import annotations

import os
import shlex
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from movie_assets.commands.telling import err, out, plain, told
from movie_assets.errors import MovieAssetsError
from movie_assets.settings import Settings
from movie_assets.warehouse.connection import Warehouse
from movie_assets.warehouse.embedded import EmbeddedServer

app = typer.Typer(
    name="movie-assets",
    help="Box-office brands and TMDB films, joined, measured and kept fresh in PostgreSQL.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
_ANY_WIDTH = 10_000
_SECRETS = Path("deploy") / "secrets"


class Service(StrEnum):
    """The servers of `movie-assets serve`."""

    CODE_SERVER = "code-server"
    WEBSERVER = "webserver"
    DAEMON = "daemon"


@contextmanager
def _warehouse(settings: Settings) -> Iterator[Warehouse]:
    warehouse = Warehouse(settings)
    try:
        yield warehouse
    finally:
        warehouse.close()


@app.command()
@told
def run(
    brands_csv: Annotated[Path | None, typer.Option(help="Brand file instead of MOVIE_ASSETS_BRANDS_CSV.")] = None,
    films: Annotated[Path | None, typer.Option(help="TMDB movie objects, JSON Lines, plain or gzip.")] = None,
) -> None:
    """Refresh everything once and print the brands."""
    # Dagster takes seconds to import; the other commands do not need it.
    from movie_assets.commands.overview import brands_table  # noqa: PLC0415
    from movie_assets.commands.refresh import Outcome, refresh  # noqa: PLC0415
    from movie_assets.commands.roles import prepare  # noqa: PLC0415
    from movie_assets.commands.terminal import step_progress  # noqa: PLC0415
    from movie_assets.warehouse.leftovers import remove_leftover_stages  # noqa: PLC0415

    given = {"brands_csv": brands_csv, "films": films}
    settings = Settings.model_validate({name: value for name, value in given.items() if value is not None})
    if films is not None:
        settings = settings.model_copy(update={"tmdb_api_token": None, "tmdb_api_key": None})
    with _warehouse(settings) as warehouse:
        prepare(warehouse.database, _say)
        remove_leftover_stages(warehouse.database)
        with step_progress(err) as progress:
            outcome: Outcome = refresh(settings, warehouse, progress)
        for severity, table, check, description in outcome.failed_checks:
            style = "yellow" if severity == "WARN" else "bold red"
            err.print(f"[{style}]{severity}[/] {table}: {check}: {plain(description)}", soft_wrap=True)
        for step, message in outcome.failures.items():
            err.print(f"[bold red]Failed:[/] {step}: {plain(message)}", soft_wrap=True)
        if not outcome.succeeded:
            err.print("The refresh failed; tables that were not reached are as they were.", soft_wrap=True)
            raise typer.Exit(1)
        if out.is_terminal:
            out.print(brands_table(warehouse.database, out.width))
        else:
            # A file has no width of its own.
            Console(width=_ANY_WIDTH).print(brands_table(warehouse.database))


@app.command()
@told
def up() -> None:
    """Serve the UI, run sensors and schedules, refresh at the first start; until Ctrl-C."""
    from movie_assets.commands.binding import require_local  # noqa: PLC0415
    from movie_assets.commands.roles import prepare  # noqa: PLC0415
    from movie_assets.commands.servers import serve  # noqa: PLC0415
    from movie_assets.warehouse.leftovers import remove_leftover_stages  # noqa: PLC0415

    settings = Settings()
    require_local(settings)
    with _warehouse(settings) as warehouse:
        # An address that cannot work fails here, before any server starts.
        prepare(warehouse.database, _say)
        remove_leftover_stages(warehouse.database)
        serve(settings, say=_say, keep_up=warehouse.keep_up)


@app.command()
@told
def serve(service: Annotated[Service, typer.Argument(help="Which of the platform's servers.")]) -> None:
    """Run one of the platform's servers in the foreground, for containers; until a signal."""
    from movie_assets.commands import services  # noqa: PLC0415

    start = {"code-server": services.serve_code, "webserver": services.serve_ui, "daemon": services.serve_automation}
    start[service.value](Settings(), _say)


@app.command()
@told
def migrate() -> None:
    """Make what the servers need in PostgreSQL, or bring it to this version; a second run changes nothing."""
    from movie_assets.commands.migrate import migrate as bring_to_this_version  # noqa: PLC0415

    bring_to_this_version(Settings(), _say)


@app.command()
@told
def secrets(
    directory: Annotated[Path, typer.Option(help="Where Compose looks for them.")] = _SECRETS,
    login: Annotated[str, typer.Option(help="Name of a login for the UI, added when it is not there.")] = "admin",
) -> None:
    """Make the secrets of a deployment that are missing, one file each; shows no value."""
    from movie_assets.commands.secret_files import make_secrets  # noqa: PLC0415

    make_secrets(directory, login, _say)


@app.command()
@told
def down() -> None:
    """Stop the platform and the embedded PostgreSQL server of this home."""
    from movie_assets.commands.servers import stop  # noqa: PLC0415

    settings = Settings()
    stopped_servers = stop(settings)
    stopped_database = (
        settings.database_url is None and EmbeddedServer(settings.home, user=settings.embedded_user).down()
    )
    out.print("Stopped." if stopped_servers or stopped_database else "Nothing was running.")


@app.command()
@told
def dashboards(
    accounts_only: Annotated[
        bool,
        typer.Option(help="Wait for published tables, make Superset's accounts at the server, and end: for an image."),
    ] = False,
) -> None:
    """Install Superset, bring its dashboards in line with the repository's and serve them; until Ctrl-C."""
    from movie_assets.commands.dashboards import make_accounts, serve  # noqa: PLC0415

    settings = Settings()
    with _warehouse(settings) as warehouse:
        (make_accounts if accounts_only else serve)(settings, lambda: warehouse.database, _say)


@app.command()
@told
def metrics(
    host: Annotated[str | None, typer.Option(help="Address to listen on instead of MOVIE_ASSETS_METRICS_HOST.")] = None,
    port: Annotated[int | None, typer.Option(help="Port instead of MOVIE_ASSETS_METRICS_PORT.")] = None,
    rights: Annotated[
        bool, typer.Option("--rights", help="Print the statements for an account that only watches, and end.")
    ] = False,
) -> None:
    """Serve the metrics of the platform to Prometheus, also while PostgreSQL is down; until Ctrl-C."""
    from movie_assets.commands.metrics import rights_in_words, serve  # noqa: PLC0415

    if rights:
        sys.stdout.write(rights_in_words())
        return
    given = {name: value for name, value in (("metrics_host", host), ("metrics_port", port)) if value is not None}
    serve(Settings.model_validate(given), _say)


@app.command()
@told
def status() -> None:
    """Show what runs and what is stored; starts nothing."""
    from movie_assets.commands.overview import tables_overview  # noqa: PLC0415
    from movie_assets.commands.servers import running  # noqa: PLC0415

    settings = Settings()
    platform = running(settings)
    where = f"up at {platform.url}" if platform and platform.url else "starting"
    out.print(f"Platform: {f'{where} (pid {platform.pid})' if platform else 'not running'}", soft_wrap=True)
    if settings.database_url is None:
        server = EmbeddedServer(settings.home, user=settings.embedded_user).status()
        if not server.running:
            out.print(f"PostgreSQL: embedded, not running, data in {plain(str(server.data_directory))}", soft_wrap=True)
            return
        out.print(
            f"PostgreSQL: embedded {server.version}, pid {server.pid}, data in {plain(str(server.data_directory))}",
            soft_wrap=True,
        )
    with _warehouse(settings) as warehouse:
        if settings.database_url is not None:
            out.print(f"PostgreSQL: {plain(warehouse.database.shown)}", soft_wrap=True)
        out.print(tables_overview(warehouse.database))


@app.command()
@told
def roles() -> None:
    """Create the roles for the pipeline and for analysts, and grant what is missing; a second run changes nothing."""
    from movie_assets.commands.roles import bring_in_line  # noqa: PLC0415

    with _warehouse(Settings()) as warehouse:
        bring_in_line(warehouse.database, _printer().print)


@app.command()
@told
def export(
    table: Annotated[str | None, typer.Argument(help="A published table, such as brand_stats.")] = None,
    *,
    all_: Annotated[bool, typer.Option("--all", help="Every table, as a dated folder with a manifest.")] = False,
    format_: Annotated[
        str | None, typer.Option("--format", help="csv, json or parquet; by default csv, with --all parquet.")
    ] = None,
    output: Annotated[
        Path | None,
        typer.Option(help="File to write, by default standard output; with --all the directory for the folder."),
    ] = None,
    columns: Annotated[
        str | None, typer.Option(help="Columns to write, separated by commas; all when left out.")
    ] = None,
    safe_for_spreadsheets: Annotated[
        bool,
        typer.Option("--safe-for-spreadsheets", help="CSV: a single quote before text that would run as a formula."),
    ] = False,
) -> None:
    """Write a table as CSV, JSON or Parquet, or all of them as a folder."""
    from movie_assets.commands import export as exporting  # noqa: PLC0415

    request = exporting.Request(table, all_, format_, output, columns, safe_for_spreadsheets)
    with _warehouse(Settings()) as warehouse:
        folder = exporting.export(warehouse.database, request)
    if folder is not None:
        out.print(str(folder), soft_wrap=True, highlight=False, markup=False)


@app.command()
@told
def dictionary(
    output: Annotated[Path | None, typer.Option(help="File to write; standard output when left out.")] = None,
) -> None:
    """Write the data dictionary: every table and column with unit, meaning, formula, source and what NULL means."""
    from movie_assets.commands import dictionary as page  # noqa: PLC0415
    from movie_assets.files import write_atomically  # noqa: PLC0415

    content = page.dictionary(Settings()).encode()
    if output is None:
        sys.stdout.buffer.write(content)
    else:
        write_atomically(output, content)


@app.command()
@told
def report(
    output: Annotated[Path | None, typer.Option(help="File to write; by default report.html in the home.")] = None,
) -> None:
    """Write one HTML page of the brands, with charts, for any browser; print its path."""
    from movie_assets.commands.report import report_of  # noqa: PLC0415

    settings = Settings()
    with _warehouse(settings) as warehouse:
        out.print(str(report_of(settings, warehouse.database, output)), soft_wrap=True, highlight=False, markup=False)


@app.command()
@told
def review(
    brand: Annotated[str | None, typer.Option(help="Brand to decide on, without being asked.")] = None,
    film: Annotated[str | None, typer.Option(help="TMDB id, IMDb id, or `none` for no film.")] = None,
    why: Annotated[str, typer.Option(help="Why it is this film.")] = "",
    who: Annotated[str | None, typer.Option(help="Who decides; the user's name when left out.")] = None,
    list_: Annotated[bool, typer.Option("--list", help="Only list the open cases.")] = False,
) -> None:
    """List the brands whose film is open, and decide: by questions on a terminal, or with --brand, --film and --why."""
    from movie_assets.commands import review as reviewing  # noqa: PLC0415

    settings = Settings()
    if (brand is None) != (film is None):
        raise MovieAssetsError("--brand and --film go together.")
    desk = reviewing.Desk(settings.match_overrides, who or reviewing.user_name(), _printer().print)
    with _warehouse(settings) as warehouse:
        if brand is not None and film is not None:
            desk.decide(warehouse.database, brand, film, why)
        elif sys.stdin.isatty() and out.is_terminal and not list_:
            desk.decide_in_turn(warehouse.database, lambda text: typer.prompt(text, default=""))
        else:
            desk.list_cases(warehouse.database)


@app.command()
@told
def explain(brand: Annotated[str, typer.Argument(help="A brand of the brand file, in any case.")]) -> None:
    """Show every film that a brand's #1 release could be, the evidence, and why the decision is as it is."""
    from movie_assets.commands.explain import explanation  # noqa: PLC0415

    with _warehouse(Settings()) as warehouse:
        show = _printer().print
        for part in explanation(warehouse.database, brand):
            show(part)


@app.command()
@told
def psql(
    command: Annotated[str | None, typer.Option("--command", "-c", help="One statement instead of a session.")] = None,
    print_: Annotated[
        bool,
        typer.Option(
            "--print",
            help="Print the command that opens a session, for use in another tool; the embedded server then stays up.",
        ),
    ] = False,
) -> None:
    """Open a psql session on the warehouse."""
    from movie_assets.commands.psql import program, without_password  # noqa: PLC0415

    settings = Settings()
    with _warehouse(settings) as warehouse:
        database = warehouse.database
        address, password = without_password(database.url)
        arguments = [program(), address, *(["--command", command] if command else [])]
        if print_:
            if settings.database_url is None:
                EmbeddedServer(settings.home, user=settings.embedded_user).pin()
            out.print(shlex.join(arguments), soft_wrap=True, highlight=False, markup=False)
            return
        # A password in the arguments would show in the process list.
        environment = {**os.environ, **({"PGPASSWORD": password} if password else {})}
        code = subprocess.run(arguments, env=environment, check=False).returncode
    raise typer.Exit(code)


@app.command()
@told
def backup(
    output: Annotated[
        Path | None, typer.Option(help="Directory for backups, by default .movie_assets/backups.")
    ] = None,
    verify: Annotated[Path | None, typer.Option(help="Restore this backup beside the data, compare, drop it.")] = None,
    every: Annotated[float | None, typer.Option(min=0.001, help="Go on, with a backup every so many hours.")] = None,
    keep_days: Annotated[
        float | None, typer.Option(min=0, help="With --every: remove backups older than this.")
    ] = None,
    keep: Annotated[int | None, typer.Option(min=1, help="With --every: keep so many of the newest anyway.")] = None,
) -> None:
    """Save both databases as a folder with a manifest; or verify such a folder by restoring it."""
    from movie_assets.commands import backups  # noqa: PLC0415

    settings = Settings()
    with _warehouse(settings) as warehouse:
        if verify is not None:
            backups.verify_one(warehouse, verify, _say)
        elif every is not None:
            backups.take_every(
                warehouse,
                output or settings.backups,
                every,
                keep_days=settings.backup_keep_days if keep_days is None else keep_days,
                keep=keep or settings.backup_keep,
                say=_say,
            )
        else:
            backups.take_one(warehouse, output or settings.backups, _say)


@app.command()
@told
def restore(
    folder: Annotated[Path, typer.Argument(help="A folder that `backup` wrote.")],
    *,
    database: Annotated[
        str | None, typer.Option(help="Restore into databases of this name and NAME_dagster instead.")
    ] = None,
    only: Annotated[str | None, typer.Option(help="Only this one of the databases: warehouse or dagster.")] = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Give up what the databases hold.")] = False,
) -> None:
    """Bring both databases to what a backup holds, verified; what they hold now stays unless --overwrite is given."""
    from movie_assets.commands import backups  # noqa: PLC0415

    with _warehouse(Settings()) as warehouse:
        backups.restore_one(warehouse, folder, database, only, overwrite=overwrite, say=_say)


def _say(line: str) -> None:
    err.print(plain(line), soft_wrap=True)


def _printer() -> Console:
    """Prints to standard output, of which a file has no width of its own."""
    return Console(highlight=False) if out.is_terminal else Console(width=_ANY_WIDTH, highlight=False)


if __name__ == "__main__":
    app()
