# Said by every command.
error = error
mend = mend it
