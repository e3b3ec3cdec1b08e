# Una línea de órdenes que no se entiende.
usage-help = atencion --help enumera las órdenes, atencion ORDEN --help lo que admite cada una
usage-unknown-command = no existe la orden '{ $name }'
usage-unknown-argument = aquí no se espera '{ $argument }'
usage-instead = ¿querías decir { $name }?
usage-no-value = a { $argument } le falta su valor
usage-bad-value = { $argument } no puede ser '{ $value }'
usage-one-of = usa uno de: { $names }
usage-missing = falta: { $argument }
usage-conflict = { $argument } no puede ir junto con { $other }
