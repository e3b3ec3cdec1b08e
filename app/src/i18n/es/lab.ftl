# atencion lab: recurrencia, convolución y atención, medidas.
lab-family-rnn = RNN
lab-family-lstm = LSTM
lab-family-gru = GRU
lab-family-convolution = convolución
lab-family-attention = atención
lab-family-rnn-the = la RNN
lab-family-lstm-the = la LSTM
lab-family-gru-the = la GRU
lab-family-convolution-the = la convolución
lab-family-rnn-The = La RNN
lab-family-lstm-The = La LSTM
lab-family-gru-The = La GRU
lab-family-convolution-The = La convolución
lab-family-attention-The = La atención
lab-words = palabras
lab-machine = esta CPU, { $cores } núcleos
lab-bad-number = --seconds es menor que 0, o --lr no es mayor que 0
lab-bad-number-mend = da otro número, como --seconds 0.5 o --lr 0.003

lab-cost-title = Lo que cuesta una capa: recurrencia, convolución, autoatención
lab-cost-setup = Una capa, { $width } números por palabra, float32, en { $machine }. Medianas.
lab-cost-group = lote { $batch }, { $threads } hilos
lab-cost-training = Hacia delante y hacia atrás
lab-cost-forward = Solo hacia delante
lab-cost-memory = Memoria de ida y vuelta
lab-cost-on-this = En esta máquina, hacia delante y hacia atrás
lab-cost-always = · La atención es más rápida que { $other } en todas las longitudes medidas.
lab-cost-never = · La atención es más lenta que { $other } en todas las longitudes medidas.
lab-cost-up-to = · La atención es más rápida que { $other } hasta { $words } palabras; después, más lenta.
lab-cost-from = · La atención es más lenta que { $other } hasta { $words } palabras; después, más rápida.
lab-cost-mixed = · La atención es unas veces más rápida y otras más lenta que { $other }.
lab-cost-waits = Lo que ninguna máquina puede hacer a la vez: operadores que se esperan
lab-cost-chain = una capa, n={ $words }
lab-cost-path = camino, n={ $words }
lab-cost-waits-note = Contado en el grafo de autograd, en operadores simples de libtorch. Una convolución sobre tres palabras necesita muchas capas hasta que la última palabra sabe de la primera; la atención necesita una.
lab-paper = Attention Is All You Need, tabla 1 (n palabras, d números por palabra, núcleo k)
lab-paper-cost = coste de una capa
lab-paper-waits = operaciones en serie
lab-paper-path = camino más largo
lab-paper-recurrent = recurrencia

lab-recall-copy = Lo que recuerda una capa: la primera pareja
lab-recall-associative = Lo que recuerda una capa: una pareja cualquiera
lab-recall-setup = Una capa, { $width } números por palabra, { $steps } pasos de { $batch } secuencias, { $values } valores: al azar se acierta una de cada { $values } veces. En { $machine }.
lab-recall-right = Respuestas correctas en secuencias nuevas
lab-recall-distance = parejas
lab-recall-all = { $layer } recuerda todas las distancias por las que se preguntó.
lab-recall-none = { $layer } no recuerda ninguna: con { $beyond } parejas acierta el { $share }.
lab-recall-until = { $layer } recuerda { $until } parejas; con { $beyond } acierta el { $share }.
