# A command line that cannot be understood.
usage-help = atencion --help lists the commands, atencion COMMAND --help what one takes
usage-unknown-command = there is no command '{ $name }'
usage-unknown-argument = '{ $argument }' is not expected here
usage-instead = did you mean { $name }?
usage-no-value = { $argument } lacks its value
usage-bad-value = { $argument } cannot be '{ $value }'
usage-one-of = use one of: { $names }
usage-missing = missing: { $argument }
usage-conflict = { $argument } cannot be used together with { $other }
