# Help. clap's English texts in the code are what shows where one is missing here.
help-atencion = PyTorch's attention in Rust: the same line, the same numbers.
help-notebook = Práctica 3: inputs, each step, the result table (also without any command)
help-verify = Hold a notebook's literals, tables and outputs against Rust
help-explain = The six steps of attention, with Python line, Rust line, formula and tensor
help-explore = Write one offline HTML page to look at attention and play with it
help-phrasebook = How do I say this PyTorch line in tch?
help-doctor = Which libtorch, which version, which devices; and how to mend what is wrong

help-usage = Usage:
help-options-name = [OPTIONS]
help-command-name = COMMAND
help-commands = Commands
help-options = Options
help-arguments = Arguments
help-default = default: { $value }
help-possible = one of: { $values }

help-arg-help = Show this help
help-arg-version = Show the version
help-arg-lang = Language of what is said; the locale's by default
help-arg-device = Where to compute: auto, cpu, cuda, cuda:N or mps
help-arg-json = One JSON document on standard output, at full precision
help-arg-svg = Write the heatmaps as an SVG picture
help-arg-png = Write the heatmaps as a PNG picture
