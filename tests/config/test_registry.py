"""Tenants are compiled when they are first asked for, and taken up anew when their files change."""

import gc
import os
from pathlib import Path
from typing import Any
from weakref import ref

import pytest
from pydantic import field_validator

from gateway.adapter import AdapterSettings, AdapterType
from gateway.config.registry import Reload, TenantRegistry
from gateway.core.errors import ConfigurationError, TenantBroken, UnknownTenant
from gateway.core.tenant import BasicAuth
from tests.config.acme import ACME, PAGE, SECRET, TYPES, Folder, changed

UMBRELLA = changed(("tenant: acme", "tenant: umbrella"), ("!env ACME_CRM", "!env UMBRELLA_CRM"))
BROKEN = changed(("budget: 4s", "budgt: 4s"))


@pytest.fixture
def registry(folder: Folder) -> TenantRegistry:
    folder.environ["UMBRELLA_CRM"] = "x"
    folder.write(ACME)
    folder.write(UMBRELLA, "umbrella")
    return folder.registry()


def test_a_tenant_is_one_object_until_its_file_changes(folder: Folder, registry: TenantRegistry) -> None:
    acme = registry.get("acme")
    assert registry.get("acme") is acme
    assert registry.reload() == Reload()
    assert registry.get("acme") is acme
    folder.write(changed(("name: Acme Seguros", "name: Acme")))
    assert registry.reload() == Reload(changed=frozenset({"acme"}))
    assert registry.get("acme").name == "Acme"
    assert registry.get("acme").version != acme.version


def test_a_tenant_that_nobody_has_any_more_is_not_kept_and_comes_back_as_it_was(registry: TenantRegistry) -> None:
    acme = registry.get("acme")
    version, watched = acme.version, ref(acme)
    del acme
    gc.collect()
    assert watched() is None
    assert registry.get("acme").version == version


def test_a_long_file_is_kept_packed_and_reads_the_same(folder: Folder) -> None:
    folder.write(ACME + "# grown over the years\n" * 1000)
    registry = folder.registry()
    assert registry.get("acme").name == "Acme Seguros"
    folder.write(BROKEN)
    assert registry.reload().broken.keys() == {"acme"}
    assert registry.get("acme").name == "Acme Seguros"


def test_two_tenants_with_the_same_mapping_share_it(folder: Folder, registry: TenantRegistry) -> None:
    acme, umbrella = registry.get("acme"), registry.get("umbrella")
    assert acme.sources["crm"].mapping is umbrella.sources["crm"].mapping
    folder.write(changed(("country: BR", "country: PT")))
    registry.reload()
    assert registry.get("acme").sources["crm"].mapping is not umbrella.sources["crm"].mapping


def test_a_file_that_was_only_touched_changes_nothing(folder: Folder, registry: TenantRegistry) -> None:
    acme = registry.get("acme")
    os.utime(folder.path / "tenants/acme.yaml", (1, 1))
    assert registry.reload() == Reload()
    assert registry.get("acme") is acme


def test_a_change_that_keeps_time_and_size_is_seen_when_the_file_was_replaced(
    folder: Folder, registry: TenantRegistry
) -> None:
    path = folder.path / "tenants/acme.yaml"
    before = path.stat()
    fresh = folder.put("tenants/.acme.new", changed(("name: Acme Seguros", "name: Acme Segurox")))
    os.utime(fresh, ns=(before.st_atime_ns, before.st_mtime_ns))
    fresh.replace(path)
    assert registry.reload().changed == {"acme"}


def test_a_broken_change_keeps_the_old_state_and_is_reported(folder: Folder, registry: TenantRegistry) -> None:
    acme = registry.get("acme")
    path = folder.write(BROKEN)
    reloaded = registry.reload()
    assert reloaded.changed == frozenset()
    assert str(reloaded.broken["acme"]).startswith(f"{path}:13:1: Unknown key 'budgt'. Did you mean 'budget'?")
    assert registry.problems.keys() == {"acme"}
    assert registry.get("acme") is acme
    folder.write(ACME)
    assert registry.reload() == Reload()
    assert registry.get("acme") is acme
    assert not registry.problems


def test_a_broken_change_keeps_the_old_state_of_a_tenant_that_nobody_asked_for(
    folder: Folder, registry: TenantRegistry
) -> None:
    folder.write(BROKEN)
    registry.reload()
    assert registry.get("acme").name == "Acme Seguros"


def test_a_tenant_broken_since_the_start_says_so_and_others_work(folder: Folder) -> None:
    folder.environ["UMBRELLA_CRM"] = "x"
    folder.write(BROKEN)
    folder.write(UMBRELLA, "umbrella")
    registry = folder.registry()
    assert registry.slugs() == ("acme", "umbrella")
    assert registry.get("umbrella").slug == "umbrella"
    with pytest.raises(TenantBroken) as caught:
        registry.get("acme")
    assert str(caught.value) == (
        "This tenant's configuration is broken. `gateway check` says where; mend the file and it is taken up."
    )
    assert isinstance(caught.value.__cause__, ConfigurationError)
    folder.write("")
    assert registry.reload().changed == frozenset()
    folder.write(ACME)
    assert registry.reload() == Reload(changed=frozenset({"acme"}))
    assert registry.get("acme").slug == "acme"


def test_new_and_removed_tenants_are_taken_up(folder: Folder, registry: TenantRegistry) -> None:
    folder.environ["ZETA_CRM"] = "x"
    folder.write(changed(("tenant: acme", "tenant: zeta"), ("!env ACME_CRM", "!env ZETA_CRM")), "zeta")
    folder.write(BROKEN, "wrong")
    (folder.path / "tenants/umbrella.yaml").unlink()
    reloaded = registry.reload()
    assert reloaded.changed == {"zeta"}
    assert reloaded.removed == {"umbrella"}
    assert reloaded.broken.keys() == {"wrong"}
    assert registry.get("zeta").slug == "zeta"
    with pytest.raises(UnknownTenant):
        registry.get("umbrella")
    with pytest.raises(TenantBroken):
        registry.get("wrong")


def test_an_unknown_tenant_is_no_file_elsewhere(folder: Folder, registry: TenantRegistry) -> None:
    folder.put("other.yaml", ACME)
    for slug in ("other", "../other", "acme.yaml", ""):
        with pytest.raises(UnknownTenant):
            registry.get(slug)


def test_a_secret_s_file_that_changes_makes_the_tenant_anew(folder: Folder) -> None:
    folder.put("secrets/acme/password", "old")
    folder.write(changed(("!env ACME_CRM", "!file password")))
    registry = folder.registry()
    before = registry.get("acme")
    folder.put("secrets/acme/password", "newer")
    assert registry.reload().changed == {"acme"}
    after = registry.get("acme")
    assert isinstance(after.sources["crm"].upstream.auth, BasicAuth)
    assert after.sources["crm"].upstream.auth.password.reveal() == "newer"
    assert after.version != before.version
    (folder.path / "secrets/acme/password").unlink()
    assert registry.reload().broken.keys() == {"acme"}
    assert registry.get("acme") is after


def test_a_wsdl_that_changes_makes_the_tenant_anew(folder: Folder) -> None:
    folder.put("wsdl/acme/service.wsdl", "<definitions/>")
    folder.put("wsdl/acme/types.xsd", "<schema/>")
    folder.write(changed(("  erp:\n", "  erp:\n    settings: {wsdl: service.wsdl}\n")))
    registry = folder.registry()
    before = registry.get("acme")
    folder.put("wsdl/acme/types.xsd", "<schema> </schema>")
    assert registry.reload().changed == {"acme"}
    assert registry.get("acme") is not before


@pytest.mark.parametrize(
    ("name", "complaint"),
    [
        ("missing.wsdl", "There is no such file in WSDL. Put it there, or correct the name."),
        ("../umbrella/service.wsdl", "Name a file by its path inside WSDL, without '..'."),
        ("/etc/passwd", "Name a file by its path inside WSDL, without '..'."),
        ("outside.wsdl", "This file is a link that leads out of WSDL. Put the file itself there."),
    ],
)
def test_a_wsdl_is_in_the_tenant_s_own_folder(folder: Folder, name: str, complaint: str) -> None:
    folder.put("wsdl/umbrella/service.wsdl", "<definitions/>")
    own = folder.path / "wsdl/acme"
    own.mkdir()
    (own / "outside.wsdl").symlink_to(folder.path / "wsdl/umbrella/service.wsdl")
    said = folder.complaints(changed(("  erp:\n", f"  erp:\n    settings: {{wsdl: {name}}}\n")))
    assert [one.replace(str(own), "WSDL") for one in said] == [f"31:22: {complaint}"]


@pytest.mark.parametrize(
    ("name", "complaint"),
    [
        ("acme.yml", "A tenant's file ends with .yaml. Rename it."),
        ("Acme.yaml", "The file's name is the tenant's slug: small letters, digits and hyphens. Rename it."),
        ("gateway.yaml", "'gateway' cannot be a tenant's slug. Choose another name."),
    ],
)
def test_a_misnamed_file_is_no_tenant_and_is_reported(folder: Folder, name: str, complaint: str) -> None:
    path = folder.put(f"tenants/{name}", ACME)
    registry = folder.registry()
    assert registry.slugs() == ()
    assert str(registry.problems[name]) == f"{path}: {complaint}"


def test_what_editors_leave_behind_is_no_tenant(folder: Folder) -> None:
    for name in (".acme.yaml.swp", ".acme.yaml", "acme.yaml~", "README.md"):
        folder.put(f"tenants/{name}", "x")
    registry = folder.registry()
    assert (registry.slugs(), registry.problems) == ((), {})


def test_a_file_that_cannot_be_read_is_reported(folder: Folder) -> None:
    path = folder.path / "tenants/acme.yaml"
    path.mkdir()
    assert (
        str(folder.registry().problems["acme"]) == f"{path}: The file cannot be read: Is a directory. Check its mode."
    )


def test_a_folder_without_tenants_is_a_mistake(tmp_path: Path, folder: Folder) -> None:
    with pytest.raises(ConfigurationError) as caught:
        TenantRegistry(tmp_path / "nowhere", TYPES, {}, folder.gateway)
    assert str(caught.value) == f"{tmp_path}/nowhere/tenants: There is no such folder. Name another, or make it."


def test_tenants_may_be_looked_at_later(folder: Folder) -> None:
    folder.write(BROKEN)
    registry = folder.registry(validate=False)
    assert not registry.problems
    registry.validate()
    assert registry.problems.keys() == {"acme"}
    later = folder.registry(validate=False)
    with pytest.raises(TenantBroken):
        later.get("acme")
    assert later.problems.keys() == {"acme"}


def test_a_plugin_whose_check_of_settings_breaks_costs_its_own_tenants_alone(folder: Folder) -> None:
    class Careless(AdapterSettings):
        word: str

        @field_validator("word")
        @classmethod
        def known(cls, word: str) -> str:
            return {"a": "b"}[word]

    careless: AdapterType[Any] = AdapterType("careless", "Breaks", Careless, PAGE.create)
    folder.write(ACME)
    broken = changed(("tenant: acme", "tenant: other"), ("!env ACME_CRM", "!env OTHER_CRM"))
    folder.write(
        broken.replace("adapter: page", "adapter: careless", 1).replace(
            "settings:   {query: {nome: nome, doc: cpf, tel: fone}, encoding: iso-8859-1}",
            "settings:   {word: planted}",
        ),
        "other",
    )
    environ = {**folder.environ, "OTHER_CRM": SECRET}
    types = {**TYPES, "careless": careless}
    registry = TenantRegistry(folder.path, types, {}, folder.gateway, environ=environ)
    assert registry.get("acme").slug == "acme"
    said = str(registry.problems["other"])
    assert "The plugin 'careless' broke while checking them (KeyError). Tell its author." in said
    assert "planted" not in said
