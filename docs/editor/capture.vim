vim9script
# Runs an editor in a terminal of this Vim, types into it, and writes down what then stands in each
# cell. What to do is in the file that $SHOT names.

const shot = readfile($SHOT)->join('')->json_decode()
const rows = range(1, shot.rows)
const screen = term_start(shot.command, {
  hidden: 1, term_rows: shot.rows, term_cols: shot.columns, cwd: shot.folder})

def Wait(text: string)
  for _ in range(200)
    term_wait(screen, 50)
    if rows->mapnew((_, row) => term_getline(screen, row))->join(' ')->stridx(text) >= 0
      return
    endif
  endfor
enddef

def Cells(row: number): list<dict<any>>
  return term_scrape(screen, row)->mapnew((_, cell) => ({
    chars: cell.chars, width: cell.width, fg: cell.fg, bg: cell.bg,
    bold: term_getattr(cell.attr, 'bold'), italic: term_getattr(cell.attr, 'italic'),
    underline: term_getattr(cell.attr, 'underline'), reverse: term_getattr(cell.attr, 'reverse')}))
enddef

Wait(shot.ready)
term_sendkeys(screen, shot.keys)
Wait(shot.expected)
term_wait(screen, 300)
writefile([rows->mapnew((_, row) => Cells(row))->json_encode()], shot.answer)
qall!
