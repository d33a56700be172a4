vim9script
# Completion, hover and errors for scripts in Vim 9, without a plugin: Vim speaks LSP, and
# TypeScript's compiler answers. Load it in the folder of the scripts: vim -S lsp.vim agent.mjs

var server: channel
var version = 0

def Ask(method: string, params: dict<any>): any
  const answer = ch_evalexpr(server, {method: method, params: params}, {timeout: 10000})
  return answer->get('result', null)
enddef

def Tell(method: string, params: dict<any>)
  ch_sendexpr(server, {method: method, params: params})
enddef

# The server asks as well: nothing is configured, and it may register what it likes.
def Serve(channel: channel, message: dict<any>)
  if message->has_key('id') && message->has_key('method')
    const items = message->get('params', {})->get('items', [])
    const result = items->empty() ? null : items->mapnew((_, _) => null)
    # Not `ch_sendexpr`: the server's names of its requests need not be numbers.
    const body = {jsonrpc: '2.0', id: message.id, result: result}->json_encode()
    ch_sendraw(channel, $"Content-Length: {len(body)}\r\n\r\n{body}")
  endif
enddef

def Uri(path: string): string
  return 'file://' .. path
enddef

def Start()
  const options = {in_mode: 'lsp', out_mode: 'lsp', err_io: 'null', out_cb: Serve}
  server = job_getchannel(job_start(['tsc', '--lsp', '--stdio'], options))
  const item = {documentationFormat: ['markdown'], resolveSupport: {properties: ['documentation']}}
  const asked = {completion: {completionItem: item}, hover: {contentFormat: ['markdown']}}
  Ask('initialize', {
    processId: getpid(),
    rootUri: Uri(getcwd()),
    workspaceFolders: [{uri: Uri(getcwd()), name: 'scripts'}],
    capabilities: {textDocument: asked},
  })
  Tell('initialized', {})
  Tell('textDocument/didOpen', {textDocument: {
    uri: Uri(expand('%:p')), languageId: 'javascript', version: 0, text: Text()}})
enddef

def Text(): string
  return getline(1, '$')->join("\n") .. "\n"
enddef

# Tell what the text is now, and say where the cursor is.
def Here(): dict<any>
  const uri = Uri(expand('%:p'))
  version += 1
  Tell('textDocument/didChange', {
    textDocument: {uri: uri, version: version}, contentChanges: [{text: Text()}]})
  const character = getline('.')->strpart(0, col('.') - 1)->strchars()
  return {textDocument: {uri: uri}, position: {line: line('.') - 1, character: character}}
enddef

# -- completion ------------------------------------------------------------------------------------

def g:Complete(findstart: number, base: string): any
  if findstart == 1
    return getline('.')->strpart(0, col('.') - 1)->match('\k*$')
  endif
  const answer = Ask('textDocument/completion', Here())
  var items = type(answer) == v:t_dict ? answer.items : []
  items = items->copy()->filter((_, item) => item.label->stridx(base) == 0)
  return items->sort((a, b) => a.sortText > b.sortText ? 1 : -1)->mapnew((_, item) => Shown(item))
enddef

def Shown(item: dict<any>): dict<any>
  const known = Ask('completionItem/resolve', item)
  const info = Lines(known->get('documentation', ''))->join("\n")
  return {word: item.label->substitute('?$', '', ''), abbr: item.label, info: info}
enddef

def Lines(content: any): list<string>
  const text = type(content) == v:t_dict ? content.value : content
  const lines = text->split("\n")->filter((_, line) => line !~ '^```')
  return lines->mapnew((_, line) => line->substitute('\*\(@\w\+\)\*', '\1', ''))
enddef

# -- hover and errors ------------------------------------------------------------------------------

def Hover()
  const answer = Ask('textDocument/hover', Here())
  if type(answer) == v:t_dict
    const options = {padding: [0, 1, 0, 1], border: [], maxwidth: 80, moved: 'any'}
    win_execute(popup_atcursor(Lines(answer.contents), options), 'setlocal linebreak')
  endif
enddef

def Check()
  prop_remove({types: ['mistake', 'message'], all: true})
  var answer = Ask('textDocument/diagnostic', {textDocument: Here().textDocument})
  for found in answer.items->copy()->filter((_, item) => item.severity == 1)
    const [start, end] = [found.range.start, found.range.end]
    const line = start.line + 1
    prop_add(line, start.character + 1, {
      type: 'mistake', end_lnum: end.line + 1, end_col: end.character + 1})
    prop_add(line, 0, {
      type: 'message', text: found.message, text_align: 'below', text_wrap: 'wrap'})
  endfor
enddef

prop_type_add('mistake', {highlight: 'SpellBad'})
prop_type_add('message', {highlight: 'WarningMsg'})
set omnifunc=g:Complete completeopt=menuone,popup
nnoremap K <ScriptCmd>Hover()<CR>
autocmd BufWritePost,InsertLeave,TextChanged * Check()
Start()
Check()
