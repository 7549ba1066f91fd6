"""A tenant's file becomes a tenant, or every reason why not, each with its place."""

from datetime import date
from ipaddress import ip_network
from itertools import zip_longest

import pytest

from gateway.config.gateway_file import GatewaySettings, Grant
from gateway.config.registry import TenantRegistry
from gateway.core.model import ProspectOption, RawRecord
from gateway.core.tenant import (
    BasicAuth,
    BearerAuth,
    DirectTalk,
    FacadeKey,
    HeaderAuth,
    NotFound,
    QueryAuth,
    Resilience,
    Retention,
    Route,
    SearchField,
    Strategy,
    TransportName,
    UniqueKeySpec,
)
from gateway.plugins import discover
from tests.config.acme import ACME, SECRET, Folder, changed


def test_the_design_s_example_is_a_tenant(folder: Folder) -> None:
    tenant = folder.tenant()
    crm, erp = tenant.sources["crm"], tenant.sources["erp"]
    assert (tenant.slug, tenant.name, tenant.locale) == ("acme", "Acme Seguros", "pt-BR")
    assert (tenant.country, tenant.time_zone, tenant.budget, tenant.limit) == ("BR", "America/Sao_Paulo", 4.0, 50)
    assert tenant.search_fields["cpf"] == SearchField("cpf", "cpf", "CPF", "documents.cpf")
    assert tenant.search_fields["pedido"].matches == "attributes.pedido"
    assert tenant.unique_key == UniqueKeySpec("email", "email", "person")
    assert isinstance(crm.upstream.auth, BasicAuth)
    assert crm.upstream.auth.password.reveal() == SECRET
    assert crm.resilience == Resilience(timeout=2.0, retries=1, concurrency=8)
    assert crm.formats == {"cpf": ("masked",), "fone": ("e164", "national")}
    assert crm.nobody.empty_body
    assert crm.mapping.gives >= {"unique_key", "name", "documents.cpf", "emails", "phones", "birth_date"}
    assert erp.resilience == Resilience()
    assert tenant.routes == {
        "default": Route(("crm", "erp"), Strategy.FIRST),
        "cpf": Route(("erp", "crm"), Strategy.MERGE),
    }
    assert tenant.not_found == NotFound("Cliente inexistente", "Não Cliente", ProspectOption.KEYED)
    assert tenant.stored_fields == {"name", "emails", "phones"}
    assert not tenant.display_all
    assert tenant.direct_talk is None


def test_the_design_s_example_with_an_installed_adapter(folder: Folder) -> None:
    pytest.importorskip("gateway_xml_get")
    text = changed(
        ("adapter: page", "adapter: xml_get"),
        ("encoding: iso-8859-1", "query_encoding: iso-8859-1"),
        ("  erp:\n", "  erp:\n    settings: {query: {doc: cpf}}\n"),
    )
    folder.write(text)
    registry = TenantRegistry(folder.path, discover().types, {}, folder.gateway, environ=folder.environ)
    assert registry.get("acme").sources["crm"].adapter == "xml_get"


def test_the_mapping_reads_a_record(folder: Folder) -> None:
    record: RawRecord = {
        "email": "ana@example.com",
        "nome": "Ana",
        "nascimento": "31/01/1980",
        "plano": {"nome": "Ouro"},
    }
    customer = folder.tenant().sources["crm"].mapping.map(record, "crm").customer
    assert customer.name == "Ana"
    assert customer.birth_date == date(1980, 1, 31)
    assert customer.attributes == {"plano": "Ouro"}


def test_all_forms_of_a_value_and_of_an_address(folder: Folder) -> None:
    mapping = """
      unique_key: {path: [email, login]}
      name: [nome, apelido]
      emails: {path: "contatos[?tipo=='e'].valor"}
      addresses: {street: rua, number: nr, city: {path: cidade, default: São Paulo}}
      attributes: {situacao: {path: st, map: {"1": ativo, S: ativo}}, inteiro: {path: [a, b], join: " "}}
"""
    tenant = folder.tenant(changed(("mapping: {unique_key: contato.email, name: nome}", f"mapping:{mapping}")))
    record = {"login": "a@example.com", "apelido": "Ana", "rua": "Rua A", "st": "s", "a": "x", "b": "y"}
    customer = tenant.sources["erp"].mapping.map(record, "erp").customer
    assert customer.unique_key.value == "a@example.com"
    assert customer.name == "Ana"
    assert (customer.addresses[0].street, customer.addresses[0].city) == ("Rua A", "São Paulo")
    assert customer.attributes == {"situacao": "ativo", "inteiro": "x y"}


@pytest.mark.parametrize(
    ("auth", "kind"),
    [
        ("bearer: {token: !env ACME_CRM}", BearerAuth),
        ("header: {header: X-Api-Key, value: !env ACME_CRM}", HeaderAuth),
        ("query: {parameter: key, value: !env ACME_CRM}", QueryAuth),
    ],
)
def test_each_way_of_showing_who_the_gateway_is(folder: Folder, auth: str, kind: type) -> None:
    text = changed(("basic: {user: gw, password: !env ACME_CRM}", auth))
    assert isinstance(folder.tenant(text).sources["crm"].upstream.auth, kind)


def test_every_sign_of_nobody(folder: Folder) -> None:
    signs = """
    - empty_body
    - no_content
    - not_found
    - {status: 410}
    - {text: Cliente Não Cadastrado}
    - {path: total, equals: 0}
    - {path: achou, equals: false}
    - {path: cliente, equals: null}
    - {fault: Cliente.NaoEncontrado}"""
    nobody = folder.tenant(changed(("nobody:     [empty_body]", f"nobody:{signs}"))).sources["crm"].nobody
    assert nobody.empty_body
    assert nobody.statuses == {204, 404, 410}
    assert nobody.texts == ("cliente nao cadastrado",)
    assert nobody.faults == ("cliente.naoencontrado",)
    assert nobody.in_document({"total": 0, "achou": True, "cliente": "x"})
    assert nobody.in_document({"total": 1, "achou": False, "cliente": "x"})
    assert not nobody.in_document({"total": 1, "achou": True, "cliente": "x"})


def test_the_other_keys_have_their_effect(folder: Folder) -> None:
    text = changed(
        ("stored_fields", "display: all\nlimit: 7\nfacades: {direct_talk: {key: basic}}\nstored_fields"),
        (
            "stored_fields",
            "seal_names: true\nretention: {prospects: 365, interactions: 1825, context: 90}\nstored_fields",
        ),
        ("strategy: first", "strategy: first, ask: parallel"),
        ("  erp:\n", "  erp:\n    limit: 9\n"),
        (
            "url: https://erp.acme.example/api",
            "url: https://erp.acme.example/api, max_body: 64KiB, headers: {X-Sys: gw}, transport: standard",
        ),
        (", matches: attributes.pedido", ', unverified: "the source does not give it back"'),
    )
    tenant = folder.tenant(text)
    assert tenant.display_all
    assert tenant.seal_names
    assert tenant.retention == Retention(prospects=365, interactions=1825, context=90)
    assert (tenant.limit, tenant.sources["erp"].limit) == (7, 9)
    assert tenant.direct_talk == DirectTalk(FacadeKey.BASIC)
    assert tenant.routes["default"].parallel
    assert tenant.sources["erp"].upstream.max_body == 65536
    assert tenant.sources["erp"].upstream.headers == {"X-Sys": "gw"}
    assert tenant.sources["erp"].upstream.transport is TransportName.STANDARD
    assert tenant.sources["crm"].upstream.transport is TransportName.OWN
    assert tenant.search_fields["pedido"].matches is None
    assert tenant.search_fields["pedido"].unverified == "the source does not give it back"


def test_an_empty_facade_block_turns_it_on(folder: Folder) -> None:
    assert folder.tenant(ACME + "facades:\n  direct_talk:\n").direct_talk == DirectTalk()


def test_nobody_speaks_the_tenant_s_language(folder: Folder) -> None:
    assert folder.tenant(changed(("locale: pt-BR", "locale: tr"))).not_found.message == "Müşteri bulunamadı"
    text = changed(("locale: pt-BR", "locale: en"), ("prospect: keyed", "message: Nobody here"))
    assert folder.tenant(text).not_found.message == "Nobody here"


def test_granted_networks_are_a_source_s_unless_it_narrows_them(folder: Folder) -> None:
    folder.gateway = GatewaySettings(grants={"acme": Grant((ip_network("10.0.0.0/8"), ip_network("fd12::/16")))})
    tenant = folder.tenant(
        changed(
            ("url: https://crm.acme.example/integracao", "url: http://10.1.2.3/x"),
            ("url: https://erp.acme.example/api", "url: http://10.2.0.9/, networks: [10.2.0.0/16]"),
        )
    )
    assert tenant.sources["crm"].upstream.networks == (ip_network("10.0.0.0/8"), ip_network("fd12::/16"))
    assert tenant.sources["erp"].upstream.networks == (ip_network("10.2.0.0/16"),)


def test_a_plugin_s_settings_are_its_own_types(folder: Folder) -> None:
    wsdl = folder.put("wsdl/acme/v1/service.wsdl", "<definitions/>")
    settings = "{wsdl: v1/service.wsdl, token: !env ACME_CRM, shape: {record: c}, statuses: [404]}"
    tenant = folder.tenant(changed(("  erp:\n", f"  erp:\n    settings: {settings}\n")))
    made = tenant.sources["erp"].settings
    assert made.wsdl == wsdl.resolve()  # type: ignore[attr-defined]
    assert made.token.reveal() == SECRET  # type: ignore[attr-defined]
    assert made.statuses == {404}  # type: ignore[attr-defined]


def test_anchors_save_writing_a_mapping_twice(folder: Folder) -> None:
    text = changed(
        ("    mapping:\n      unique_key: email", "    mapping: &table\n      unique_key: email"),
        ("mapping: {unique_key: contato.email, name: nome}", "mapping: *table"),
    )
    tenant = folder.tenant(text)
    assert tenant.sources["erp"].mapping.gives == tenant.sources["crm"].mapping.gives


# ---------------------------------------------------------------------------------------------- what is refused

SOURCE_ADDRESS = "url: https://erp.acme.example/api"
TOP_KEYS = (
    "tenant, name, locale, country, time_zone, search_fields, unique_key, budget, limit, sources, routes, not_found, "
    "stored_fields, seal_names, retention, display, channels, prospects, codes, facts, rules, disclose, facades"
)
NOT_PUBLIC = (
    "This address is not public, and lies in no network that this source may reach. If it is meant, grant its network in "
    "gateway.yaml (tenants.acme.networks). Metadata addresses are never granted."
)


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        # names
        ("tenant: acme", "tenant: acne", "1:9: The file is acme.yaml, so its tenant is 'acme'. Rename one of the two."),
        ("tenant: acme", "tenant: Acme", "1:9: A tenant's slug has small letters, digits and hyphens: acme-br."),
        ("budget: 4s", "budgt: 4s", f"13:1: Unknown key 'budgt'. Did you mean 'budget'? Known here: {TOP_KEYS}."),
        ("name: Acme Seguros\n", "", "1:1: The key 'name' is missing."),
        ("name: Acme Seguros\n", "name:\n", "2:6: Expected text, found nothing."),
        ("name: Acme Seguros\n", "name: 99\n", "2:7: Expected text, found a number. Put it in quotes."),
        ("name: Acme Seguros\n", "name: [a]\n", "2:7: Expected text, found a list."),
        ("locale: pt-BR", "locale: pt-br", "3:9: Expected 'pt-BR', 'tr' or 'en'. Did you mean 'pt-BR'?"),
        (
            "country: BR",
            "country: Brasil",
            "4:10: Write the country as ISO 3166 has it, in two capital letters: BR, TR, ES.",
        ),
        (
            "America/Sao_Paulo",
            "America/Sampa",
            "5:12: There is no such time zone. Write it as in the IANA list: America/Sao_Paulo.",
        ),
        ("budget: 4s", "budget: 4", "13:9: Write a duration as a number with its unit: 500ms, 4s or 2m."),
        ("budget: 4s", "budget: 11m", "13:9: A duration lies between 1ms and 10m."),
        ("budget: 4s", "budget:", "13:8: Write a duration as a number with its unit: 500ms, 4s or 2m."),
        ("budget: 4s", "limit: 0", "13:8: The number must be at least 1."),
        ("budget: 4s", "limit: 9.5", "13:8: Expected a whole number, found a number."),
        # search fields
        (
            "kind: cpf,   label",
            "kind: cfp,   label",
            "7:18: There is no kind 'cfp'. Did you mean 'cpf'? …",
        ),
        (
            "  nome:   {",
            "  no me:   {",
            [
                "8:3: A name starts with a letter and goes on with letters, digits, '_' or '-'; at most 40, no accents.",
                "20:32: 'nome' is not a search field of this tenant. …",
            ],
        ),
        (
            ", matches: attributes.pedido",
            "",
            (
                "11:11: A code is compared with nothing by itself. Give matches: (attributes.pedido), or unverified: with "
                "the reason why it cannot be compared."
            ),
        ),
        (
            ", matches: attributes.pedido",
            ', unverified: " "',
            "11:58: The reason is empty. Say why the field cannot be compared with anything.",
        ),
        (
            "matches: attributes.pedido",
            "matches: attributes.pedido, unverified: because",
            "11:86: Give matches or unverified, not both.",
        ),
        (
            "matches: attributes.pedido",
            "matches: attributes.pedidos",
            (
                "11:55: No source's mapping gives attributes.pedidos, which this field is compared with. Did you mean "
                "'attributes.pedido'? Map it, name another value under matches:, or give unverified: with the reason."
            ),
        ),
        (
            "matches: attributes.pedido",
            "matches: pedido",
            (
                "11:55: 'pedido' is not a value of the customer. Known: name, emails, phones, documents, unique_key, "
                "birth_date, documents.<kind>, attributes.<name>."
            ),
        ),
        (
            "      documents: {cpf: cpf}\n",
            "",
            (
                "7:11: No source's mapping gives documents.cpf, which this field is compared with. "
                "Map it, name another value under matches:, or give unverified: with the reason."
            ),
        ),
        (
            "unique_key: {name: email, kind: email, of: person}",
            "unique_key: {name: email, kind: mail, of: person}",
            "12:33: There is no kind 'mail'. Did you mean 'email'? …",
        ),
        (
            ", of: person}",
            ", of: persn}",
            "12:44: Expected 'person', 'company', 'order' or 'other'. Did you mean 'person'?",
        ),
        # the source's adapter and settings
        (
            "adapter: page\n    upstream: {url: https://erp",
            "adapter: pgae\n    upstream: {url: https://erp",
            "31:14: There is no adapter 'pgae'. Did you mean 'page'? Installed: page.",
        ),
        (
            "adapter: page\n    upstream: {url: https://erp",
            "adapter: ldap\n    upstream: {url: https://erp",
            "31:14: The plugin 'ldap' is not installed. Install it beside the gateway. Installed: page.",
        ),
        (
            "adapter: page\n    upstream: {url: https://erp",
            "adapter: soap\n    upstream: {url: https://erp",
            (
                "31:14: The plugin 'soap' cannot be used. It cannot be imported: ModuleNotFoundError: "
                "No module named 'zeep'. Installed: page."
            ),
        ),
        (
            "{nome: nome, doc: cpf",
            "{nome: nom, doc: cpf",
            "20:32: 'nom' is not a search field of this tenant. Did you mean 'nome'? Known: cpf, email, fone, nome, pedido.",
        ),
        (
            "encoding: iso-8859-1",
            "encodng: utf-8",
            "20:60: Unknown key 'encodng'. Did you mean 'encoding'? Known here: query, path, encoding, …",
        ),
        ("encoding: iso-8859-1", "encoding: latin1", "20:70: Expected 'utf-8' or 'iso-8859-1'."),
        (
            "encoding: iso-8859-1",
            "shape: {rekord: x}",
            [
                "20:67: The key 'record' is missing.",
                "20:68: Unknown key 'rekord'. Did you mean 'record'? Known here: record, depth.",
            ],
        ),
        ("encoding: iso-8859-1", "shape: 7", "20:67: Expected text or keys and values, found a number."),
        ("encoding: iso-8859-1", "shape: {record: x, depth: deep}", "20:86: Expected a whole number, found text."),
        ("encoding: iso-8859-1", "statuses: 404", "20:70: Expected a list, found a number."),
        # upstream
        (
            SOURCE_ADDRESS,
            "url: erp.acme.example/api",
            "32:21: The address must begin with https:// or http:// and a host.",
        ),
        (
            SOURCE_ADDRESS,
            "url: ftp://erp.acme.example",
            "32:21: The address must begin with https:// or http:// and a host.",
        ),
        (
            SOURCE_ADDRESS,
            "url: https://gw:pw@erp.acme.example/",
            "32:21: The address has credentials in it. Put them under auth:, the secret as !env NAME.",
        ),
        (
            SOURCE_ADDRESS,
            "url: https://erp.acme.example/api?apikey=pw",
            "32:21: The address carries a key or password. Put it under auth: {query: …}, the secret as !env NAME.",
        ),
        (
            SOURCE_ADDRESS,
            'url: "https://erp.acme.example/#a"',
            "32:21: The address has a fragment (#…), which is never sent. Leave it out.",
        ),
        (
            SOURCE_ADDRESS,
            'url: "https://erp.acme.example/a b"',
            "32:21: The address has a blank, a control character or a backslash. Percent-encode it.",
        ),
        (
            SOURCE_ADDRESS,
            "url: https://erp.acme.example:99999/",
            "32:21: This is not an address. Write https://host/path.",
        ),
        (SOURCE_ADDRESS, "url: http://10.0.0.5/", f"32:21: {NOT_PUBLIC}"),
        (SOURCE_ADDRESS, "url: http://169.254.169.254/latest", f"32:21: {NOT_PUBLIC}"),
        (SOURCE_ADDRESS, "url: http://2130706433/", f"32:21: {NOT_PUBLIC}"),
        (SOURCE_ADDRESS, "url: http://0x7f.1/", f"32:21: {NOT_PUBLIC}"),
        (SOURCE_ADDRESS, "url: http://localhost:8080/", f"32:21: {NOT_PUBLIC}"),
        (SOURCE_ADDRESS, 'url: "http://[::1]/"', f"32:21: {NOT_PUBLIC}"),
        (
            SOURCE_ADDRESS,
            f"{SOURCE_ADDRESS}, networks: [10.0.0.0/8]",
            ("32:62: This network is not granted. Grant it in gateway.yaml (tenants.acme.networks). Granted: none."),
        ),
        (
            SOURCE_ADDRESS,
            f"{SOURCE_ADDRESS}, networks: [10.0.0.1/8]",
            "32:62: Not a network. Write its first address and the length of its prefix: 10.20.0.0/16.",
        ),
        (
            SOURCE_ADDRESS,
            f"{SOURCE_ADDRESS}, headers: {{X-Api-Key: abc}}",
            "32:61: This header carries a secret. Put it under auth: (basic, bearer or header), as !env NAME.",
        ),
        (
            SOURCE_ADDRESS,
            f"{SOURCE_ADDRESS}, headers: {{Host: abc}}",
            "32:61: The gateway writes this header itself. Take it out.",
        ),
        (
            SOURCE_ADDRESS,
            f'{SOURCE_ADDRESS}, headers: {{X-A: "a\\nb"}}',
            "32:66: A header's value is one line of ISO-8859-1 characters.",
        ),
        (
            SOURCE_ADDRESS,
            f"{SOURCE_ADDRESS}, auth: {{}}",
            "32:57: Give exactly one of basic, bearer, header, query, oauth2 and session.",
        ),
        (
            SOURCE_ADDRESS,
            f"{SOURCE_ADDRESS}, auth: ",
            "32:57: Nothing stands here. Write a value, or take the key out.",
        ),
        (
            SOURCE_ADDRESS,
            f"{SOURCE_ADDRESS}, max_body: 10MB",
            "32:61: Write a size as a number with its unit: 512B, 64KiB or 10MiB.",
        ),
        ("user: gw", 'user: "g:w"', "17:81: A user name cannot hold a colon (RFC 7617)."),
        ("retries: 1", "retries: 9", "18:40: The number must be at most 5."),
        # how it is asked
        (
            "cpf: {as: masked}",
            "cfp: {as: masked}",
            "19:18: 'cfp' is not a search field of this tenant. Did you mean 'cpf'? Known: cpf, email, fone, nome, pedido.",
        ),
        (
            "cpf: {as: masked}",
            "cpf: {as: maskd}",
            "19:28: The kind 'cpf' has no form 'maskd'. Did you mean 'masked'? …",
        ),
        (
            "[e164, national]",
            "[e164, nacional]",
            "19:55: The kind 'phone' has no form 'nacional'. Did you mean 'national'? …",
        ),
        (
            "[empty_body]",
            "[empty_bdy]",
            "21:18: Expected 'empty_body', 'no_content' or 'not_found'. Did you mean 'empty_body'?",
        ),
        (
            "[empty_body]",
            "[{status: 200}]",
            (
                "21:18: This status never means nobody: 200 is an answer, 401, 403, 407 and 429 are refusals. "
                "Use text, path or fault for what the reply says."
            ),
        ),
        (
            "[empty_body]",
            "[{path: total}]",
            ("21:18: Give one of status, text, fault, or path together with equals. Begin a new item for another."),
        ),
        (
            "[empty_body]",
            '[{text: "--"}]',
            "21:25: Without letters and digits this stands in every reply. Write what the source says.",
        ),
        (
            "[empty_body]",
            "[{path: 'a[', equals: 0}]",
            (
                "21:25: The path 'a[' ends too early. "
                "Write names with dots between them (cliente.nome), or a JMESPath expression."
            ),
        ),
        # the mapping
        ("      unique_key: email\n", "", "23:7: The key 'unique_key' is missing."),
        (
            "emails: [email, email2]",
            "emails: [email, 'email2[']",
            (
                "26:23: The path 'email2[' ends too early. "
                "Write names with dots between them (cliente.nome), or a JMESPath expression."
            ),
        ),
        (
            "phones: [fone, celular]",
            "phones: {pth: fone}",
            (
                "27:16: Unknown key 'pth'. Did you mean 'path'? Known here: path, date, map, join, default, format, "
                "digits, base64."
            ),
        ),
        (
            'date: "%d/%m/%Y"}',
            'date: ["%d/%m/%Y", "%m/%d/%Y"]}',
            "28:57: '%d/%m/%Y' reads the same texts as other days. Keep the one that the source writes.",
        ),
        (
            'date: "%d/%m/%Y"}',
            "date: epochms}",
            (
                "28:44: The format does not give day, month and year. Write it like '%d/%m/%Y'. Did you mean "
                "'epoch_ms'? Words: iso, epoch, epoch_ms, dotnet."
            ),
        ),
        (
            "plano: plano.nome",
            "plano: {path: plano, map: bolean}",
            "29:46: Expected 'boolean'. Did you mean 'boolean'?",
        ),
        (
            "plano: plano.nome",
            "plano: {path: plano, base64: utf8}",
            (
                "29:49: Expected 'utf-8', 'utf-16', 'iso-8859-1', 'iso-8859-9', 'iso-8859-15', 'windows-1252' or "
                "'windows-1254'. Did you mean 'utf-8'?"
            ),
        ),
        ("plano: plano.nome", "plano: {path: plano, digits: 99}", "29:49: The number must be at most 20."),
        (
            "attributes: {plano",
            "addresses: {prefix: 'end[0]'}\n      attributes: {plano",
            (
                "29:27: Write how the names of the fields begin: endereco (enderecoCep), endereco_ or endereco. with a "
                "dot."
            ),
        ),
        (
            "name: nome\n      doc",
            "name: {path: nome, date: '%d'}\n      doc",
            "24:32: Name is no date. Take 'date' out.",
        ),
        # routes
        (
            "default: {sources: [crm, erp]",
            "default: {sources: [crm, epr]",
            "35:28: There is no source 'epr'. Did you mean 'erp'? Known: crm, erp.",
        ),
        (
            "default: {sources: [crm, erp]",
            "default: {sources: [crm, crm]",
            "35:28: The source 'crm' stands in this route already.",
        ),
        ("default: {sources: [crm, erp]", "default: {sources: []", "35:22: Too few: name at least 1."),
        (
            "  default: {sources: [crm, erp], strategy: first}\n",
            "",
            "35:3: The route 'default' is missing, and so is one for email, fone, nome, pedido. Add it.",
        ),
        (
            "  cpf:     {sources",
            "  cfp:     {sources",
            (
                "36:3: 'cfp' is not a search field of this tenant. Did you mean 'cpf'? A route is named like a search "
                "field, or 'default'. Known: cpf, email, fone, nome, pedido, default."
            ),
        ),
        ("strategy: merge", "strategy: merged", "36:44: Expected 'first' or 'merge'. Did you mean 'merge'?"),
        ("strategy: merge", "strategy: merge, ask: in_order", "36:56: Merge always asks all at once. Take 'ask' out."),
        # nobody, storing, facades
        (
            "unique_key: {name: email, kind: email",
            "unique_key: {name: chave, kind: email",
            (
                "37:51: 'keyed' needs a search field that is the unique key: of kind email, and named 'chave' or with "
                "matches: unique_key. Add one, or choose 'message' or 'form'."
            ),
        ),
        (
            "[name, emails, phones]",
            "[name, email]",
            (
                "38:23: No source's mapping gives 'email'. Did you mean 'emails'? Known: attributes.pedido, "
                "attributes.plano, birth_date, documents, documents.cpf, emails, name, phones."
            ),
        ),
        ("stored_fields", "retention: {context: 0}\nstored_fields", "38:22: The number must be at least 1."),
        (
            "routes:\n",
            "  contact_base: {adapter: page, upstream: {url: https://x.example}, mapping: {unique_key: id}}\nroutes:\n",
            "34:3: 'contact_base' is the gateway's own, which stands among the sources of every answer. Rename the source.",
        ),
        (
            "stored_fields",
            "prospects: {form: {fields: {cpf: {kind: cpff}}}}\nstored_fields",
            "38:41: There is no kind 'cpff'. Did you mean 'cpf'? …",
        ),
        (
            "stored_fields",
            "prospects: {load: {source: crn}}\nstored_fields",
            "38:28: There is no source 'crn'. Did you mean 'crm'? Known: crm, erp.",
        ),
        (
            "stored_fields",
            "prospects: {load: {to: csv, source: crm}}\nstored_fields",
            "38:19: Give either to: (csv, xml or json) or source: (one of the tenant's sources).",
        ),
        (
            "stored_fields",
            "prospects: {load: {to: csv, folder: ../boreal}}\nstored_fields",
            "38:37: The folder lies within the tenant's own, so it is a relative name without '..'. …",
        ),
        (
            "stored_fields",
            "prospects: {load: {to: csv, encoding: latin-9000}}\nstored_fields",
            "38:39: There is no such encoding. Write utf-8, iso-8859-1 or windows-1252.",
        ),
        (
            "stored_fields",
            "prospects: {load: {source: crm, encoding: utf-8}}\nstored_fields",
            "38:19: For files only: encoding. Take it out, or write to: instead of source:.",
        ),
        (
            "stored_fields",
            "prospects: {load_at: 6.30}\nstored_fields",
            '38:22: Write the time of day with two digits each, in quotes: "18:30".',
        ),
        (
            "stored_fields",
            'prospects: {load_at: "18:30"}\nstored_fields',
            "38:12: There is a load_at: without a load:. Say where the prospects go.",
        ),
        (
            "stored_fields",
            "facades: {direct_talk: {parameter: a b}}\nstored_fields",
            "38:36: The text has not the form that is wanted here: ^[A-Za-z][A-Za-z0-9_.-]{0,39}$.",
        ),
        (
            "stored_fields",
            "facades: {direct_talk: {parameter: nome}}\nstored_fields",
            "38:36: A search field has this name. Choose another for the key's parameter.",
        ),
    ],
)
def test_what_is_wrong_is_said_with_its_place(folder: Folder, old: str, new: str, complaint: str | list[str]) -> None:
    folder.missing = {"soap": "It cannot be imported: ModuleNotFoundError: No module named 'zeep'."}
    expected = [complaint] if isinstance(complaint, str) else complaint
    said = folder.complaints(changed((old, new)))
    assert [shortened(one, like) for one, like in zip_longest(said, expected, fillvalue="")] == expected


def shortened(complaint: str, like: str) -> str:
    """Sentences that come from elsewhere (kinds, paths) are compared up to where the test says `…`."""
    head = like.removesuffix("…")
    return like if head != like and complaint.startswith(head) else complaint


def test_everything_wrong_is_said_at_once(folder: Folder) -> None:
    text = changed(
        ("name: Acme Seguros", "nome: Acme Seguros"),
        ("kind: name,  label", "kind: nam,  label"),
        ("!env ACME_CRM", "!env ACME_CRN"),
        ("{cpf: {as: masked}", "{cpf: {as: maskd}"),
        ("doc: cpf", "doc: cfp"),
        ("birth_date: {path: nascimento", "birth_date: {path: 'nascimento['"),
        ("[crm, erp]", "[crm, epr]"),
        ("prospect: keyed", "prospect: kept"),
        (SOURCE_ADDRESS, "url: http://10.0.0.5/"),
    )
    assert [complaint.split(":")[0] for complaint in folder.complaints(text)] == [
        "1",  # name is missing
        "2",  # nome is unknown
        "8",  # kind
        "17",  # the environment variable
        "19",  # the form
        "20",  # the search field in the settings
        "28",  # the path
        "32",  # the address
        "35",  # the source in the route
        "37",  # the option
    ]


def test_what_follows_from_another_mistake_is_not_said(folder: Folder) -> None:
    """The source that cannot be read may give what a search field is compared with, and routes may name it."""
    text = changed(("    mapping:\n      unique_key: email", "    maping:\n      unique_key: email"))
    assert folder.complaints(text) == [
        "16:5: The key 'mapping' is missing.",
        (
            "22:5: Unknown key 'maping'. Did you mean 'mapping'? "
            "Known here: adapter, upstream, resilience, fields, settings, nobody, mapping, by_key, history, limit."
        ),
    ]


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "1:1: Expected keys and values, found nothing."),
        ("acme", "1:1: Expected keys and values, found text."),
        ("- acme", "1:1: Expected keys and values, found a list."),
    ],
)
def test_a_file_that_says_nothing(folder: Folder, text: str, complaint: str) -> None:
    assert folder.complaints(text) == [complaint]


def test_a_tenant_needs_fields_and_sources(folder: Folder) -> None:
    head = "tenant: acme\nname: A\ncountry: BR\nunique_key: {name: k, kind: code}\n"
    assert folder.complaints(f"{head}search_fields: {{}}\nsources: {{}}\nroutes: {{}}\n") == [
        "5:16: There is no search field. Name at least one.",
        "6:10: There is no source. Name at least one.",
    ]


def test_a_search_field_cannot_take_the_default_route_s_name(folder: Folder) -> None:
    text = changed(("  nome:   {kind: name", "  default: {kind: name"), ("nome: nome, doc", "doc"))
    assert folder.complaints(text) == ["8:3: 'default' is the route of all fields without one. Rename it."]


# ---------------------------------------------------------------------------------------------- by_key


def with_by_key(block: str) -> str:
    return changed(("    nobody:     [empty_body]\n", f"    nobody:     [empty_body]\n    by_key:     {block}\n"))


def test_what_only_a_selected_customer_needs_is_read_beside_the_mapping(folder: Folder) -> None:
    block = "{field: email, mapping: {name: nome_completo, attributes: {limite: limite}}}"
    source = folder.tenant(with_by_key(block)).sources["crm"]
    assert source.by_key is not None
    assert source.by_key.field == "email"
    record = {"email": "a@example.com", "nome": "A", "nome_completo": "Ana", "limite": "9", "plano": {"nome": "Ouro"}}
    usual, selected = source.mapping.map(record, "crm").customer, source.by_key.mapping.map(record, "crm").customer
    assert (usual.name, dict(usual.attributes)) == ("A", {"plano": "Ouro"})
    assert (selected.name, dict(selected.attributes)) == ("Ana", {"plano": "Ouro", "limite": "9"})


def test_a_source_is_asked_by_the_field_that_is_the_unique_key_unless_it_says_another(folder: Folder) -> None:
    by_key = folder.tenant(with_by_key("{mapping: {attributes: {limite: limite}}}")).sources["crm"].by_key
    assert by_key is not None
    assert by_key.field == "email"
    assert folder.tenant().sources["crm"].by_key is None


def test_a_field_that_takes_no_such_key_is_refused(folder: Folder) -> None:
    [complaint] = folder.complaints(with_by_key("cpf"))
    assert complaint.endswith(
        "A unique key of kind email is no cpf, which 'cpf' takes. Name a search field of kind email or code."
    )


def test_a_misspelt_field_of_by_key_is_refused(folder: Folder) -> None:
    [complaint] = folder.complaints(with_by_key("emial"))
    assert "'emial' is not a search field of this tenant. Did you mean 'email'?" in complaint


def test_without_a_search_field_for_the_unique_key_by_key_names_one(folder: Folder) -> None:
    text = with_by_key("{mapping: {name: nome}}").replace("prospect: keyed", "prospect: form")
    assert "unique_key: {name: email," in text
    [complaint] = folder.complaints(text.replace("unique_key: {name: email,", "unique_key: {name: login,"))
    assert "Say with field: which one takes it here." in complaint


def test_a_wrong_line_of_what_is_read_beside_is_placed(folder: Folder) -> None:
    [complaint] = folder.complaints(with_by_key("{field: email, mapping: {documents: {cfp: doc}}}"))
    assert "cfp" in complaint


def test_what_only_a_selected_customer_has_may_be_stored(folder: Folder) -> None:
    text = with_by_key("{field: email, mapping: {attributes: {limite: limite}}}")
    tenant = folder.tenant(text.replace("stored_fields: [name,", "stored_fields: [attributes.limite, name,"))
    assert "attributes.limite" in tenant.stored_fields


# ---------------------------------------------------------------------------------------------- history


def with_history(block: str) -> str:
    return changed(("    nobody:     [empty_body]\n", f"    nobody:     [empty_body]\n    history:    {block}\n"))


def test_how_a_past_is_read_stands_in_the_source(folder: Folder) -> None:
    block = '{at: {path: quando, date: "%d/%m/%Y %H:%M"}, type: tipo, unique_key: dono}'
    history = folder.tenant(with_history(block)).sources["crm"].history
    assert history is not None
    event = history.of(
        {"quando": "20/11/2026 10:00", "tipo": "pedido", "dono": "a@example.com"}, "crm", "a@example.com", []
    )
    assert event is not None
    assert (event.type, event.at.isoformat()) == ("pedido", "2026-11-20T13:00:00+00:00")


@pytest.mark.parametrize("block", ["{at: quando}", "{at: quando, unique_key: dono, unverified: porque sim}"])
def test_a_past_says_whose_it_is_or_why_it_need_not(folder: Folder, block: str) -> None:
    [complaint] = folder.complaints(with_history(block))
    assert "Say whose a record is with unique_key:, or with unverified:" in complaint


def test_a_wrong_line_of_a_past_is_placed(folder: Folder) -> None:
    [complaint] = folder.complaints(
        with_history('{at: {path: quando, date: "%d/%m"}, unverified: the path holds the key}')
    )
    assert "The format does not give day, month and year." in complaint
