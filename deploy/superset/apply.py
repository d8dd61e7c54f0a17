"""Brings a Superset in line with the files of a directory: `python apply.py ASSETS`, in Superset's environment.

Migrates Superset's tables, makes the two accounts, imports every file by its uuid and removes what such an import once
brought and the directory holds no longer. What people made themselves is not touched. A second run changes nothing.

The accounts' names are SUPERSET_ADMIN (admin) and SUPERSET_ANALYST (analyst), their passwords the secrets
SUPERSET_ADMIN_PASSWORD and SUPERSET_ANALYST_PASSWORD; superset_config.py tells where secrets come from and what it
needs itself. Prints one line for each thing that it removes, or keeps though its file is gone.
"""

from __future__ import annotations

import hashlib
import os
import sys
from pathlib import Path
from typing import Any

import yaml
from superset.app import create_app
from superset_config import secret

# What was imported from here is told by this mark from what people made, and from what other tools imported.
MARK = "movie-assets:"
METADATA = "metadata.yaml"
ANALYST_ROLE = "Movie analyst"


def contents_of(assets: Path) -> dict[str, dict[str, Any]]:
    """The files by their path within the directory; all but the metadata marked as managed from outside.

    The mark names the file and a digest of all files, so that it tells whether these very files were imported.
    """
    texts = {path.relative_to(assets).as_posix(): path.read_bytes() for path in sorted(assets.rglob("*.yaml"))}
    digest = hashlib.sha256(repr(texts).encode()).hexdigest()[:16]
    contents = {name: yaml.safe_load(text) for name, text in texts.items()}
    for name, content in contents.items():
        if name != METADATA:
            content |= {"is_managed_externally": True, "external_url": f"{MARK}{name}#{digest}"}
    return contents


def migrate() -> None:
    """Superset's tables and built-in roles as its version wants them: `superset db upgrade` and `superset init`."""
    from flask_migrate import upgrade  # noqa: PLC0415
    from superset import appbuilder, db, security_manager  # noqa: PLC0415

    upgrade()
    appbuilder.add_permissions(update_perms=True)
    security_manager.sync_role_definitions()
    db.session.commit()


def ensure_user(name: str, password: str, *roles: str) -> Any:
    """An account that has these roles and logs in with the password."""
    from superset import db, security_manager  # noqa: PLC0415
    from werkzeug.security import check_password_hash  # noqa: PLC0415

    wanted = [security_manager.find_role(role) for role in roles]
    user = security_manager.find_user(username=name)
    if user is None:
        user = security_manager.add_user(name, name.capitalize(), "Movie Assets", f"{name}@localhost", wanted, password)
        if not user:
            raise SystemExit(f"Superset did not make the account {name}.")
    if not check_password_hash(user.password, password):
        security_manager.reset_password(user.id, password)
    if missing := [role for role in wanted if role not in user.roles]:
        user.roles.extend(missing)
    db.session.commit()
    return user


def ensure_analyst_role(database_uuid: str) -> None:
    """A role that may read everything that the warehouse's connection may."""
    from superset import db, security_manager  # noqa: PLC0415
    from superset.models.core import Database  # noqa: PLC0415

    role = security_manager.add_role(ANALYST_ROLE)
    database = db.session.query(Database).filter_by(uuid=database_uuid).one()
    permission = security_manager.add_permission_view_menu("database_access", database.perm)
    if permission not in role.permissions:
        security_manager.add_permission_role(role, permission)
    db.session.commit()


def is_imported(contents: dict[str, dict[str, Any]]) -> bool:
    """Whether Superset has everything from these very files."""
    from superset import db  # noqa: PLC0415

    found = {mark for model in models() for (mark,) in db.session.query(model.external_url)}
    return all(content["external_url"] in found for name, content in contents.items() if name != METADATA)


def prune(contents: dict[str, dict[str, Any]]) -> None:
    """Remove what carries the mark and is in no file; a dataset or database that somebody else uses stays."""
    from superset import db  # noqa: PLC0415

    kept = {content["uuid"] for name, content in contents.items() if name != METADATA}
    for model in models():
        marked = db.session.query(model).filter(model.is_managed_externally, model.external_url.startswith(MARK))
        for one in marked.all():
            if str(one.uuid) in kept:
                continue
            name = one.external_url.removeprefix(MARK).split("#")[0]
            if used := users_of(one):
                print(f"{name} is gone, and what it described stays: {used} of somebody's objects use it.")
                continue
            db.session.delete(one)
            db.session.flush()
            print(f"{name} is gone, and so is what it described.")
    db.session.commit()


def models() -> tuple[Any, ...]:
    """What is imported, those first that use others."""
    from superset.connectors.sqla.models import SqlaTable  # noqa: PLC0415
    from superset.models.core import Database  # noqa: PLC0415
    from superset.models.dashboard import Dashboard  # noqa: PLC0415
    from superset.models.slice import Slice  # noqa: PLC0415

    return Dashboard, Slice, SqlaTable, Database


def users_of(one: Any) -> int:
    """How many charts use a dataset, or datasets a database."""
    from superset import db  # noqa: PLC0415

    _, charts, datasets, databases = models()
    if isinstance(one, datasets):
        return int(db.session.query(charts).filter_by(datasource_id=one.id, datasource_type="table").count())
    if isinstance(one, databases):
        return int(db.session.query(datasets).filter_by(database_id=one.id).count())
    return 0


def main(assets: Path) -> None:
    """Do all of it."""
    contents = contents_of(assets)
    (database_uuid,) = (content["uuid"] for name, content in contents.items() if name.startswith("databases/"))
    with create_app().app_context():
        from superset.commands.importers.v1.assets import ImportAssetsCommand  # noqa: PLC0415
        from superset.utils.core import override_user  # noqa: PLC0415

        migrate()
        admin = ensure_user(os.environ.get("SUPERSET_ADMIN", "admin"), secret("SUPERSET_ADMIN_PASSWORD"), "Admin")
        with override_user(admin):
            if not is_imported(contents):
                texts = {name: yaml.safe_dump(content, sort_keys=False) for name, content in contents.items()}
                ImportAssetsCommand(texts).run()
            prune(contents)
        ensure_analyst_role(database_uuid)
        analyst = os.environ.get("SUPERSET_ANALYST", "analyst")
        ensure_user(analyst, secret("SUPERSET_ANALYST_PASSWORD"), "Gamma", "sql_lab", ANALYST_ROLE)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
