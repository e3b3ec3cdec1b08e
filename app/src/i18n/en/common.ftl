# Said by every command.
error = error
mend = mend it

# Of Q, K and V from files of several tensors.
given-undecided = { $file } holds { $names }: which of them is { $letter } is not clear
given-undecided-mend = name it: --{ $letter } "{ $file }#{ $first }"; tensors called query, key and value, or q, k and v, are found by themselves
