"""Clients whose abilities pytest-lsp has recorded: diagnostics, a fix, an ignored finding, hover.

The folder is in FOLDER, the program in LAMBLINT.
"""

import os
import pathlib

import pytest
import pytest_lsp
from lsprotocol import types
from pytest_lsp import ClientServerConfig, LanguageClient, client_capabilities

DOCKERFILE = pathlib.Path(os.environ["FOLDER"]) / "Dockerfile"
URI = DOCKERFILE.as_uri()
SERVER = ClientServerConfig(server_command=[os.environ["LAMBLINT"], "server"])


@pytest_lsp.fixture(params=["neovim@v0.7.0", "neovim@v0.11.0", "emacs", "visual-studio-code"], config=SERVER)
async def client(request, lsp_client: LanguageClient):
    capabilities = client_capabilities(request.param)

    for request_of_server in [
        types.CLIENT_REGISTER_CAPABILITY,
        types.WORKSPACE_INLAY_HINT_REFRESH,
    ]:
        lsp_client.feature(request_of_server)(lambda *_: None)

    answer = await lsp_client.initialize_session(
        types.InitializeParams(
            capabilities=capabilities,
            workspace_folders=[types.WorkspaceFolder(uri=DOCKERFILE.parent.as_uri(), name="w")],
            initialization_options={"today": "2026-11-24", "shellcheck": "off"},
        )
    )
    lsp_client.pulls = answer.capabilities.diagnostic_provider is not None
    utf8 = answer.capabilities.position_encoding == types.PositionEncodingKind.Utf8
    lsp_client.columns = ("utf-8", 1) if utf8 else ("utf-16-le", 2)
    offers = capabilities.text_document and capabilities.text_document.diagnostic
    assert lsp_client.pulls == bool(offers)
    yield
    await lsp_client.shutdown_session()


async def shown(client, version):
    """What is shown of a version, by code."""
    document = types.TextDocumentIdentifier(uri=URI)
    if client.pulls:
        report = await client.text_document_diagnostic_async(types.DocumentDiagnosticParams(text_document=document))
        items = report.items
        assert URI not in client.diagnostics, "pushed as well"
    else:
        while getattr(client, "seen", 0) < version:
            published = await client.wait_for_notification("textDocument/publishDiagnostics")
            client.seen = published.version
        items = client.diagnostics[URI]
    return {item.code: item for item in items}


def cut(client, line, start, end):
    """The part of a line between two columns."""
    encoding, width = client.columns
    return line.encode(encoding)[width * start : width * end].decode(encoding)


def edited(client, text, action):
    """The text behind an action."""
    edit = action.edit
    edits = edit.changes[URI] if edit.changes else edit.document_changes[0].edits
    lines = text.splitlines(keepends=True)

    def offset(place):
        line = lines[place.line] if place.line < len(lines) else ""
        return sum(map(len, lines[: place.line])) + len(cut(client, line, 0, place.character))

    for one in sorted(edits, key=lambda one: offset(one.range.start), reverse=True):
        text = text[: offset(one.range.start)] + one.new_text + text[offset(one.range.end) :]
    return text


@pytest.mark.asyncio
async def test_diagnostics_fix_ignore_hover(client: LanguageClient):
    text = DOCKERFILE.read_text()
    item = types.TextDocumentItem(uri=URI, language_id="dockerfile", version=1, text=text)
    client.text_document_did_open(types.DidOpenTextDocumentParams(text_document=item))
    document = types.TextDocumentIdentifier(uri=URI)

    async def change(version, code, title):
        nonlocal text
        found = await shown(client, version)
        context = types.CodeActionContext(diagnostics=[found[code]], only=[types.CodeActionKind.QuickFix])
        params = types.CodeActionParams(text_document=document, range=found[code].range, context=context)
        actions = await client.text_document_code_action_async(params)
        action = next((one for one in actions if one.title.startswith(code) and title in one.title), None)
        assert action, [one.title for one in actions]
        text = edited(client, text, action)
        client.text_document_did_change(
            types.DidChangeTextDocumentParams(
                text_document=types.VersionedTextDocumentIdentifier(uri=URI, version=version + 1),
                content_changes=[types.TextDocumentContentChangeWholeDocument(text=text)],
            )
        )
        return await shown(client, version + 1)

    first = await shown(client, 1)
    assert {"LL203", "LL401"} <= set(first)
    place = first["LL318"].range
    line = text.splitlines()[place.start.line]
    assert cut(client, line, place.start.character, place.end.character) == "AWS_REGION=x"
    assert "LL203" not in await change(1, "LL203", "exec form")
    assert "LL401" not in await change(2, "LL401", "ignore here")
    assert text.startswith("# lamblint: ignore=LL401\nFROM ")
    place = types.Position(line=1, character=10)
    hover = await client.text_document_hover_async(types.HoverParams(text_document=document, position=place))
    assert "python3.8" in hover.contents.value
