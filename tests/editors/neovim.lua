-- Neovim as a client: diagnostics, a fix, an ignored finding, hover. The folder is in FOLDER, the program in LAMBLINT.

local function fail(what)
  io.stderr:write("neovim: " .. what .. "\n")
  vim.cmd("cquit 1")
end

local function expect(what, found)
  if not found then
    fail(what)
  end
end

local function codes()
  local found = {}
  for _, one in ipairs(vim.diagnostic.get(0)) do
    found[one.code] = one
  end
  return found
end

local function await(what, condition)
  expect(what, vim.wait(20000, condition, 20))
end

-- The action with a title, at the place of a finding.
local function action(code, title)
  local one = codes()[code]
  local place = { line = one.lnum, character = 0 }
  local params = {
    textDocument = vim.lsp.util.make_text_document_params(0),
    range = { start = place, ["end"] = { line = one.lnum, character = 1 } },
    context = { diagnostics = {}, only = { "quickfix" } },
  }
  for _, answer in pairs(vim.lsp.buf_request_sync(0, "textDocument/codeAction", params, 5000) or {}) do
    for _, offered in ipairs(answer.result or {}) do
      if offered.title:find(title, 1, true) and offered.title:find(code, 1, true) then
        return offered
      end
    end
  end
  fail("no action " .. title)
end

local function main()
  local client = vim.lsp.start_client({
    cmd = { os.getenv("LAMBLINT"), "server" },
    name = "lamblint",
    root_dir = os.getenv("FOLDER"),
    init_options = { today = "2026-11-24", shellcheck = "off" },
  })
  vim.lsp.buf_attach_client(0, client)
  local encoding = vim.lsp.get_client_by_id(client).offset_encoding
  await("no diagnostics", function() return codes().LL203 ~= nil and codes().LL401 ~= nil end)
  local found = codes().LL318
  local line = vim.api.nvim_buf_get_lines(0, found.lnum, found.lnum + 1, false)[1]
  expect("another place: " .. line, line:sub(found.col + 1, found.end_col) == "AWS_REGION=x")
  expect("no help", found.message:find("\nhelp: ", 1, true))

  vim.lsp.util.apply_workspace_edit(action("LL203", "exec form").edit, encoding)
  await("the fix does not fix", function() return codes().LL203 == nil end)
  vim.lsp.util.apply_workspace_edit(action("LL401", "ignore here").edit, encoding)
  await("it is not ignored", function() return codes().LL401 == nil end)
  local text = table.concat(vim.api.nvim_buf_get_lines(0, 0, -1, false), "\n")
  expect("no comment: " .. text, text:find("^# lamblint: ignore=LL401\nFROM "))

  local params = { textDocument = vim.lsp.util.make_text_document_params(0), position = { line = 1, character = 10 } }
  local said = ""
  for _, answer in pairs(vim.lsp.buf_request_sync(0, "textDocument/hover", params, 5000) or {}) do
    said = said .. answer.result.contents.value
  end
  expect("no hover: " .. said, said:find("python3.8", 1, true) and said:find("Amazon Linux 2", 1, true))
  vim.lsp.stop_client(client)
  vim.wait(2000, function() return vim.lsp.client_is_stopped(client) end)
  print("neovim: diagnostics, a fix, an ignored finding and hover\n")
  vim.cmd("qa!")
end

vim.defer_fn(function()
  local good, why = pcall(main)
  if not good then
    fail(why)
  end
end, 50)
