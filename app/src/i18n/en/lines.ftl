# What Rust reads of a notebook's Python, and what it does not.
lines-problem = cell { $place }: { $text }
lines-not-known = { $what } is not known here
lines-module = the module { $what } is not known here; nothing is imported
lines-refused = { $what } is never run here
lines-limit-steps = stopped after too many steps: is there a loop without an end?
lines-limit-time = stopped: it takes too long
lines-limit-memory = refused: it would take too much memory
lines-limit-output = stopped: it prints too much
lines-limit-integer = whole numbers beyond 64 bits are not computed here
lines-syntax = this is not Python
lines-too-deep = nested too deep to be read
lines-too-long = more code than is read in one cell
