package demo

// The words that names are made of. Who reads one must see at once that it is invented.

// form is a legal form, as the name of an organization begins with it.
type form struct{ legal, begins, short string }

var coffeeForm = form{"Cooperativa", "Cooperativa Agraria Cafetalera", "CAC"}

var forms = []form{
	{"Cooperativa", "Cooperativa Agraria", "CA"},
	coffeeForm,
	{"Cooperativa", "Cooperativa Agraria de Servicios", "CAS"},
	{"Cooperativa", "Cooperativa de Productores Ecológicos", "CPE"},
	{"Cooperativa", "Cooperativa de Servicios Múltiples", "CSM"},
	{"Asociación", "Asociación de Pequeños Productores", "APP"},
	{"Asociación", "Asociación de Productores Agropecuarios", "APA"},
	{"Asociación", "Asociación de Mujeres Productoras", "AMP"},
}

var secondGrade = []form{
	{"Central de cooperativas", "Central de Cooperativas Agrarias", "CCA"},
	{"Central de asociaciones", "Central de Asociaciones de Productores", "CAP"},
}

var fancies = []string{
	"Valle Ficticio", "Cerro Imaginario", "Río Inventado", "Sol de Papel", "Luna de Ejemplo", "Bosque Soñado",
	"Semilla de Prueba", "Camino Inventado", "Flor Imaginaria", "Niebla de Cuento", "Arcoíris Ficticio", "Nube Inventada",
	"Estrella de Ensayo", "Quebrada Quimera", "Laguna de Fábula", "Cosecha Imaginaria", "Viento de Ejemplo", "Montaña de Cartón",
	"Selva Inventada", "Cumbre Ficticia", "Manantial de Prueba", "Pampa Soñada", "Aurora de Ensayo", "Tierra de Fantasía",
	"Puente Imaginario", "Grano de Ejemplo", "Mirador Ficticio", "Cóndor de Papel", "Colibrí de Cuento", "Rocío Inventado",
}

var womenNames = []string{
	"Rosa", "Carmen", "Lucía", "Elena", "Marisol", "Juana", "Teresa", "Yolanda", "Flor", "Nélida", "Gladys", "Noemí",
	"Pilar", "Soledad", "Victoria", "Isabel",
}

var menNames = []string{
	"José", "Luis", "Wilmer", "Segundo", "Hernán", "Percy", "Julio", "Edwin", "Rómulo", "Santos", "Abel", "Fidel",
	"Nicanor", "Teófilo", "Óscar", "Martín",
}

var surnames = []string{
	"Quimera", "Fábula", "Ensueño", "Leyenda", "Utopía", "Ficticio", "de la Nube", "del Cuento", "Fantasía", "Espejismo",
	"Imaginario", "Inventado", "de Ejemplo", "Acertijo", "Garabato", "Trabalenguas",
}

var positions = []string{"Presidencia", "Gerencia", "Secretaría", "Área técnica", "Comercialización", "Certificaciones", "Contabilidad"}

// facility is a kind of site, as its name begins with it.
type facility struct{ kind, begins string }

var office = facility{"office", "Oficina"}

var facilities = []facility{
	{"collection_center", "Centro de acopio"}, {"collection_center", "Centro de acopio"}, {"plant", "Planta"}, {"warehouse", "Almacén"},
}

var streets = []string{"Jr. Los Ejemplos", "Av. Imaginaria", "Calle Ficticia", "Jr. de la Prueba", "Carretera Inventada km", "Av. El Ensayo"}

var remarks = []string{
	"Buena organización interna; asamblea cada trimestre.",
	"Señal de celular solo en la plaza; mejor llamar temprano.",
	"Renuevan junta directiva el próximo año.",
	"Interesados en un proyecto de renovación de cafetales y sombra.",
	"La carretera se corta en época de lluvias.",
	"Piden capacitación en costos y en trazabilidad.",
	"Comparten almacén con una organización vecina.",
	"Más de la mitad de las parcelas tiene menos de dos hectáreas.",
	"El comité de mujeres vende tostado en el mercado local.",
	"Llevan el padrón en Excel; falta pasar a limpio los retiros.",
}

var certifiers = []string{"Certificadora Ejemplo", "Sello de Prueba S.A.", "Control Imaginario"}

var subjects = []string{
	"Visita anual", "Revisión del padrón de socios", "Asamblea de delegados", "Capacitación en calidad",
	"Seguimiento del plan de mejora", "Preparación de la auditoría", "Reunión con la junta directiva",
}

var followUps = []string{"Enviar acta firmada", "Completar el censo", "Confirmar coordenadas del almacén", "Mandar copia del certificado"}

var tagNames = [][2]string{
	{"prioritaria", "Visitar este año"},
	{"mujeres", "Con comité de mujeres activo"},
	{"jóvenes", "Con programa de jóvenes"},
	{"sin-señal", "Sin cobertura de celular"},
	{"exporta", "Exporta directamente"},
}
