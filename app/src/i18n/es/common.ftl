# Lo que dicen todas las órdenes.
error = error
mend = arreglo
