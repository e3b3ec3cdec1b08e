# Lo que dicen todas las órdenes.
error = error
mend = arreglo

# De Q, K y V en ficheros de varios tensores.
given-undecided = { $file } contiene { $names }: no está claro cuál es { $letter }
given-undecided-mend = nómbralo: --{ $letter } "{ $file }#{ $first }"; los que se llaman query, key y value, o q, k y v, se encuentran solos
