package schema

import "sync"

// Registry is the schema of the product. It is built once and never changes.
var Registry = sync.OnceValue(func() *Schema {
	s, err := New(
		network, organization, membershipEvent, certification, census, productYear,
		site, contact, mandate, verification, interaction, focalPoint, savedView, tag, conflict,
		importBatch, user, device, proposal, shelfLife, distinctPair, fieldDefinition,
	)
	if err != nil {
		panic(err) // a declaration in this package is wrong; its own test fails first
	}
	return s
})

var productOptions = []Option{
	option("coffee", label("Café", "Coffee", "Café", "Café")),
	option("cocoa", label("Cacao", "Cocoa", "Cacau", "Cacao")),
	option("banana", label("Banano", "Banana", "Banana", "Banane")),
	option("sugar", label("Azúcar", "Sugar", "Açúcar", "Sucre")),
	option("fruit_juices", label("Frutas y jugos", "Fruit and juices", "Frutas e sucos", "Fruits et jus")),
	option("honey", label("Miel", "Honey", "Mel", "Miel")),
	option("quinoa", label("Quinua", "Quinoa", "Quinoa", "Quinoa")),
	option("nuts", label("Nueces", "Nuts", "Nozes", "Noix")),
	option("spices", label("Especias y hierbas", "Spices and herbs", "Especiarias e ervas", "Épices et herbes")),
	option("cotton", label("Algodón", "Cotton", "Algodão", "Coton")),
	option("vegetables", label("Hortalizas", "Vegetables", "Hortaliças", "Légumes")),
	option("cereals", label("Cereales y granos", "Cereals and grains", "Cereais e grãos", "Céréales et grains")),
	option("livestock", label("Ganadería y avicultura", "Livestock and poultry", "Pecuária e avicultura", "Élevage et aviculture")),
	option("fish", label("Pesca", "Fish", "Pesca", "Pêche")),
	option("crafts", label("Artesanía", "Crafts", "Artesanato", "Artisanat")),
	option("other", label("Otro", "Other", "Outro", "Autre")),
}

var languageOptions = []Option{
	option("es", label("Español", "Spanish", "Espanhol", "Espagnol")),
	option("pt", label("Portugués", "Portuguese", "Português", "Portugais")),
	option("en", label("Inglés", "English", "Inglês", "Anglais")),
	option("fr", label("Francés", "French", "Francês", "Français")),
	option("ht", label("Criollo haitiano", "Haitian Creole", "Crioulo haitiano", "Créole haïtien")),
	option("qu", label("Quechua", "Quechua", "Quíchua", "Quechua")),
	option("ay", label("Aimara", "Aymara", "Aimará", "Aymara")),
	option("gn", label("Guaraní", "Guarani", "Guarani", "Guarani")),
	option("myn", label("Lenguas mayas", "Mayan languages", "Línguas maias", "Langues mayas")),
	option("other", label("Otra", "Other", "Outra", "Autre")),
}

var network = Collection{
	Number: 1, Name: "network", Title: "name", Write: Coordinator, Delete: Nobody, Identity: []string{"code"},
	Label: label("Red", "Network", "Rede", "Réseau"), Plural: label("Redes", "Networks", "Redes", "Réseaux"),
	Fields: []Field{
		field(10, "code", Text, label("Código", "Code", "Código", "Code")).required().fixed().grid(),
		field(11, "name", Text, label("Nombre", "Name", "Nome", "Nom")).required().contested().searched().grid(),
		field(12, "countries", Countries, label("Países", "Countries", "Países", "Pays")).grid(),
		field(13, "languages", Choices, label("Idiomas", "Languages", "Idiomas", "Langues")).with(languageOptions...),
	},
}

var organization = Collection{
	Number: 2, Name: "organization", Title: "name", Write: FieldStaff, Delete: Coordinator,
	Label:  label("Organización", "Organization", "Organização", "Organisation"),
	Plural: label("Organizaciones", "Organizations", "Organizações", "Organisations"), Derived: organizationDerived,
	Fields: []Field{
		field(10, "name", Text, label("Nombre", "Name", "Nome", "Nom")).required().contested().searched().grid().indexed(),
		field(11, "acronym", Text, label("Sigla", "Acronym", "Sigla", "Sigle")).searched().grid(),
		field(12, "aliases", Texts, label("Otros nombres", "Other names", "Outros nomes", "Autres noms")).searched(),
		field(13, "flo_id", FLOID, label("FLO ID", "FLO ID", "FLO ID", "FLO ID")).contested().searched().grid().indexed(),
		choice(14, "type", label("Tipo", "Type", "Tipo", "Type"),
			option("small_producers", label("Pequeños productores", "Small producers", "Pequenos produtores", "Petits producteurs")),
			option("hired_labor", label("Trabajo contratado", "Hired labor", "Trabalho contratado", "Main-d’œuvre salariée")),
			option("contract_production", label("Producción por contrato", "Contract production", "Produção por contrato", "Production sous contrat")),
			option("other", label("Otro", "Other", "Outro", "Autre"))).contested().grid().indexed(),
		choice(15, "grade", label("Grado", "Grade", "Grau", "Degré"),
			option("first", label("Primer grado", "First grade", "Primeiro grau", "Premier degré")),
			option("second", label("Segundo grado", "Second grade", "Segundo grau", "Deuxième degré")),
			option("third", label("Tercer grado", "Third grade", "Terceiro grau", "Troisième degré"))),
		field(16, "legal_form", Text, label("Forma jurídica", "Legal form", "Forma jurídica", "Forme juridique")),
		field(17, "tax_id", Text, label("Identificación fiscal", "Tax id", "Identificação fiscal", "Identifiant fiscal")).searched(),
		field(18, "founded", Integer, label("Año de fundación", "Year founded", "Ano de fundação", "Année de fondation")).from(1800).upTo(2200).indexed(),
		field(19, "country", Country, label("País", "Country", "País", "Pays")).contested().grid().indexed(),
		field(20, "admin1", Text, label("Departamento o provincia", "State or province", "Estado ou província", "Département ou province")).in("place").searched().grid().indexed(),
		field(21, "admin2", Text, label("Municipio o distrito", "Municipality or district", "Município ou distrito", "Commune ou district")).in("place").searched(),
		field(22, "locality", Text, label("Localidad", "Locality", "Localidade", "Localité")).in("place").searched(),
		field(23, "products", Choices, label("Productos", "Products", "Produtos", "Produits")).with(productOptions...).grid(),
		field(24, "languages", Choices, label("Idiomas", "Languages", "Idiomas", "Langues")).with(languageOptions...),
		field(25, "website", URL, label("Sitio web", "Website", "Site", "Site web")),
		field(26, "notes", LongText, label("Notas", "Notes", "Notas", "Notes")).searched(),
		reference(27, "parent", "organization", label("Organización a la que pertenece", "Parent organization", "Organização a que pertence", "Organisation mère")).contested(),
		field(28, "address", Text, label("Dirección", "Address", "Endereço", "Adresse")),
		field(29, "phones", Phones, label("Teléfonos", "Phones", "Telefones", "Téléphones")),
		field(30, "emails", Emails, label("Correos electrónicos", "E-mails", "E-mails", "Courriels")),
		choice(31, "status", label("Situación", "Status", "Situação", "Situation"),
			option("active", label("Activa", "Active", "Ativa", "Active")),
			option("inactive", label("Inactiva", "Inactive", "Inativa", "Inactive")),
			option("dissolved", label("Disuelta", "Dissolved", "Dissolvida", "Dissoute"))),
	},
}

var membershipEvent = Collection{
	Number: 3, Name: "membership_event", Title: "kind", Parent: "organization", AppendOnly: true, Write: FieldStaff, Delete: Coordinator,
	Label:  label("Evento de membresía", "Membership event", "Evento de filiação", "Événement d’adhésion"),
	Plural: label("Membresía", "Membership", "Filiação", "Adhésion"), Derived: membershipDerived,
	Fields: []Field{
		reference(10, "organization", "organization", label("Organización", "Organization", "Organização", "Organisation")).required(),
		choice(11, "body", label("Ante", "Body", "Perante", "Auprès de"),
			option("clac", label("CLAC", "CLAC", "CLAC", "CLAC")),
			option("network", label("Red de país", "Country network", "Rede nacional", "Réseau national")),
			option("product_network", label("Red de producto", "Product network", "Rede de produto", "Réseau de produit"))).required(),
		choice(12, "kind", label("Evento", "Event", "Evento", "Événement"),
			option("applied", label("Solicitud", "Applied", "Solicitação", "Demande")),
			option("admitted", label("Admisión", "Admitted", "Admissão", "Admission")),
			option("suspended", label("Suspensión", "Suspended", "Suspensão", "Suspension")),
			option("reinstated", label("Reincorporación", "Reinstated", "Reintegração", "Réintégration")),
			option("left", label("Salida", "Left", "Saída", "Départ")),
			option("expelled", label("Expulsión", "Expelled", "Expulsão", "Exclusion"))).required(),
		field(13, "date", Date, label("Fecha", "Date", "Data", "Date")).required(),
		field(14, "evidence", Text, label("Evidencia", "Evidence", "Evidência", "Justificatif")),
	},
}

var certification = Collection{
	Number: 4, Name: "certification", Title: "scheme", Parent: "organization", Write: FieldStaff, Delete: Coordinator,
	Label:  label("Certificado", "Certificate", "Certificado", "Certificat"),
	Plural: label("Certificados", "Certificates", "Certificados", "Certificats"),
	Fields: []Field{
		reference(10, "organization", "organization", label("Organización", "Organization", "Organização", "Organisation")).required().fixed(),
		choice(11, "scheme", label("Sello", "Scheme", "Selo", "Label"),
			option("fairtrade", label("Fairtrade", "Fairtrade", "Fairtrade", "Fairtrade")),
			option("spp", label("Símbolo de Pequeños Productores", "Small Producers’ Symbol", "Símbolo de Pequenos Produtores", "Symbole des petits producteurs")),
			option("organic", label("Orgánico", "Organic", "Orgânico", "Biologique")),
			option("rainforest", label("Rainforest Alliance", "Rainforest Alliance", "Rainforest Alliance", "Rainforest Alliance")),
			option("other", label("Otro", "Other", "Outro", "Autre"))).required(),
		choice(12, "status", label("Estado", "Status", "Estado", "État"),
			option("certified", label("Certificada", "Certified", "Certificada", "Certifiée")),
			option("in_process", label("En proceso", "In process", "Em processo", "En cours")),
			option("suspended", label("Suspendida", "Suspended", "Suspensa", "Suspendue")),
			option("expired", label("Vencida", "Expired", "Vencida", "Expirée")),
			option("withdrawn", label("Retirada", "Withdrawn", "Retirada", "Retirée"))).in("validity").required().grid(),
		field(13, "valid_from", Date, label("Válido desde", "Valid from", "Válido desde", "Valable du")).in("validity"),
		field(14, "valid_to", Date, label("Válido hasta", "Valid to", "Válido até", "Valable jusqu’au")).in("validity").grid().indexed(),
		field(15, "certifier", Text, label("Certificadora", "Certifier", "Certificadora", "Organisme")),
		field(16, "products", Choices, label("Productos que cubre", "Products covered", "Produtos cobertos", "Produits couverts")).with(productOptions...),
	},
	Checks: []Check{ordered("valid_from", "valid_to")},
}

var census = Collection{
	Number: 5, Name: "census", Title: "year", Parent: "organization", Write: FieldStaff, Delete: Coordinator,
	Identity: []string{"organization", "year", "source"},
	Label:    label("Censo", "Census", "Censo", "Recensement"), Plural: label("Censos", "Censuses", "Censos", "Recensements"),
	Fields: []Field{
		reference(10, "organization", "organization", label("Organización", "Organization", "Organização", "Organisation")).required().fixed(),
		field(11, "year", Integer, label("Año", "Year", "Ano", "Année")).required().fixed().from(1950).upTo(2200).grid(),
		choice(12, "source", label("Fuente", "Source", "Fonte", "Source"),
			option("organization", label("La organización", "The organization", "A organização", "L’organisation")),
			option("network", label("La red", "The network", "A rede", "Le réseau")),
			option("certifier", label("La certificadora", "The certifier", "A certificadora", "L’organisme certificateur")),
			option("other", label("Otra", "Other", "Outra", "Autre"))).required().fixed(),
		field(13, "members_total", Integer, label("Socias y socios", "Individual members", "Sócias e sócios", "Membres individuels")).in("members").required().whole().grid(),
		field(14, "members_women", Integer, label("Mujeres", "Women", "Mulheres", "Femmes")).in("members").whole().grid(),
		field(15, "members_men", Integer, label("Hombres", "Men", "Homens", "Hommes")).in("members").whole(),
		field(16, "members_other", Integer, label("Otro o sin dato", "Other or unknown", "Outro ou sem dado", "Autre ou inconnu")).in("members").whole(),
		field(17, "members_youth", Integer, label("Jóvenes", "Youth", "Jovens", "Jeunes")).in("members").whole(),
		field(18, "workers_total", Integer, label("Trabajadores", "Workers", "Trabalhadores", "Travailleurs")).in("workers").whole(),
		field(19, "workers_women", Integer, label("Trabajadoras", "Women workers", "Trabalhadoras", "Travailleuses")).in("workers").whole(),
		field(20, "area_total", Decimal, label("Área total", "Total area", "Área total", "Surface totale")).in("area").whole().unit("ha").grid(),
		field(21, "area_certified", Decimal, label("Área certificada", "Certified area", "Área certificada", "Surface certifiée")).in("area").whole().unit("ha"),
		field(22, "area_organic", Decimal, label("Área orgánica", "Organic area", "Área orgânica", "Surface biologique")).in("area").whole().unit("ha"),
		field(23, "method", Text, label("Método", "Method", "Método", "Méthode")),
		field(24, "declared_by", Text, label("Declarado por", "Declared by", "Declarado por", "Déclaré par")).sensitive(),
	},
	Checks: []Check{
		sumsTo("members_total", "members_women", "members_men", "members_other"),
		atMost("members_youth", "members_total"), atMost("workers_women", "workers_total"),
		atMost("area_certified", "area_total"), atMost("area_organic", "area_total"),
	},
}

var productYear = Collection{
	Number: 6, Name: "product_year", Title: "product", Parent: "organization", Write: FieldStaff, Delete: Coordinator,
	Identity: []string{"organization", "product", "year"},
	Label:    label("Producción anual", "Product year", "Produção anual", "Production annuelle"),
	Plural:   label("Producción", "Production", "Produção", "Production"),
	Fields: []Field{
		reference(10, "organization", "organization", label("Organización", "Organization", "Organização", "Organisation")).required().fixed(),
		choice(11, "product", label("Producto", "Product", "Produto", "Produit"), productOptions...).required().fixed().grid(),
		field(12, "year", Integer, label("Año", "Year", "Ano", "Année")).required().fixed().from(1950).upTo(2200).grid(),
		field(13, "volume", Decimal, label("Volumen", "Volume", "Volume", "Volume")).in("volume").whole().grid(),
		choice(14, "volume_unit", label("Unidad", "Unit", "Unidade", "Unité"),
			option("kg", label("kg", "kg", "kg", "kg")), option("t", label("t", "t", "t", "t")),
			option("qq", label("quintales", "quintals", "quintais", "quintaux")),
			option("box", label("cajas", "boxes", "caixas", "caisses")), option("l", label("litros", "liters", "litros", "litres"))).in("volume"),
		field(15, "volume_fairtrade", Decimal, label("Volumen de comercio justo", "Fair-trade volume", "Volume de comércio justo", "Volume équitable")).in("volume").whole(),
		field(16, "premium", Decimal, label("Prima", "Premium", "Prêmio", "Prime")).in("premium").whole().sensitive(),
		field(17, "premium_currency", Text, label("Moneda", "Currency", "Moeda", "Monnaie")).in("premium").sensitive(),
	},
	Checks: []Check{atMost("volume_fairtrade", "volume")},
}

var site = Collection{
	Number: 7, Name: "site", Title: "name", Parent: "organization", Write: FieldStaff, Delete: FieldStaff,
	Label: label("Sitio", "Site", "Local", "Lieu"), Plural: label("Sitios", "Sites", "Locais", "Lieux"),
	Fields: []Field{
		reference(10, "organization", "organization", label("Organización", "Organization", "Organização", "Organisation")).required().fixed(),
		choice(11, "kind", label("Clase", "Kind", "Tipo", "Genre"),
			option("office", label("Oficina", "Office", "Escritório", "Bureau")),
			option("collection_center", label("Centro de acopio", "Collection center", "Centro de coleta", "Centre de collecte")),
			option("plant", label("Planta", "Plant", "Planta", "Usine")),
			option("warehouse", label("Almacén", "Warehouse", "Armazém", "Entrepôt")),
			option("plot", label("Parcela", "Plot", "Parcela", "Parcelle")),
			option("other", label("Otro", "Other", "Outro", "Autre"))).required().grid(),
		field(12, "name", Text, label("Nombre", "Name", "Nome", "Nom")).searched().grid(),
		field(13, "lat", Decimal, label("Latitud", "Latitude", "Latitude", "Latitude")).in("position").from(-90).upTo(90).unit("°"),
		field(14, "lon", Decimal, label("Longitud", "Longitude", "Longitude", "Longitude")).in("position").from(-180).upTo(180).unit("°"),
		field(15, "accuracy", Decimal, label("Precisión", "Accuracy", "Precisão", "Précision")).in("position").whole().unit("m"),
		choice(16, "position_source", label("Origen de la posición", "Position source", "Origem da posição", "Source de la position"),
			option("gps", label("GPS", "GPS", "GPS", "GPS")), option("map", label("Mapa", "Map", "Mapa", "Carte")),
			option("place", label("Nombre del lugar", "Place name", "Nome do lugar", "Nom du lieu")),
			option("import", label("Importada", "Imported", "Importada", "Importée"))).in("position"),
		field(17, "address", Text, label("Dirección", "Address", "Endereço", "Adresse")).searched(),
		field(18, "locality", Text, label("Localidad", "Locality", "Localidade", "Localité")).searched(),
		field(19, "is_home", Boolean, label("Es una vivienda", "Is a home", "É uma moradia", "Est un domicile")).sensitive(),
	},
	Checks: []Check{coordinate("lat", "lon")},
}

var contact = Collection{
	Number: 8, Name: "contact", Title: "name", Parent: "organization", Sensitive: true, Write: FieldStaff, Delete: FieldStaff,
	Label: label("Contacto", "Contact", "Contato", "Contact"), Plural: label("Contactos", "Contacts", "Contatos", "Contacts"),
	Fields: []Field{
		reference(10, "organization", "organization", label("Organización", "Organization", "Organização", "Organisation")),
		field(11, "name", Text, label("Nombre", "Name", "Nome", "Nom")).required().contested().searched().grid().sensitive(),
		field(12, "position", Text, label("Cargo", "Position", "Cargo", "Fonction")).grid(),
		field(13, "phones", Phones, label("Teléfonos", "Phones", "Telefones", "Téléphones")).grid().sensitive(),
		field(14, "emails", Emails, label("Correos electrónicos", "E-mails", "E-mails", "Courriels")).grid().sensitive(),
		choice(15, "channel", label("Canal preferido", "Preferred channel", "Canal preferido", "Canal préféré"),
			option("phone", label("Teléfono", "Phone", "Telefone", "Téléphone")),
			option("whatsapp", label("WhatsApp", "WhatsApp", "WhatsApp", "WhatsApp")),
			option("email", label("Correo", "E-mail", "E-mail", "Courriel")),
			option("visit", label("Visita", "Visit", "Visita", "Visite"))),
		choice(16, "language", label("Idioma", "Language", "Idioma", "Langue"), languageOptions...),
		choice(17, "gender", label("Género", "Gender", "Gênero", "Genre"),
			option("woman", label("Mujer", "Woman", "Mulher", "Femme")), option("man", label("Hombre", "Man", "Homem", "Homme")),
			option("other", label("Otro", "Other", "Outro", "Autre"))),
		choice(18, "birth_band", label("Edad", "Age band", "Faixa etária", "Tranche d’âge"),
			option("under_35", label("Menos de 35", "Under 35", "Menos de 35", "Moins de 35")),
			option("35_to_60", label("35 a 60", "35 to 60", "35 a 60", "35 à 60")),
			option("over_60", label("Más de 60", "Over 60", "Mais de 60", "Plus de 60"))),
		choice(19, "consent", label("Consentimiento", "Consent", "Consentimento", "Consentement"),
			option("public", label("Publicar", "Publish", "Publicar", "Publier")),
			option("network", label("Usar en la red", "Use in the network", "Usar na rede", "Usage dans le réseau")),
			option("internal", label("Solo uso interno", "Internal use only", "Somente uso interno", "Usage interne seulement")),
			option("none", label("No usar", "Do not use", "Não usar", "Ne pas utiliser"))).in("consent").restrictive(),
		field(20, "consent_date", Date, label("Fecha del consentimiento", "Consent date", "Data do consentimento", "Date du consentement")).in("consent").restrictive(),
		field(21, "consent_evidence", Text, label("Evidencia del consentimiento", "Consent evidence", "Evidência do consentimento", "Preuve du consentement")).in("consent").restrictive(),
		field(22, "notes", LongText, label("Notas", "Notes", "Notas", "Notes")),
	},
}

var mandate = Collection{
	Number: 9, Name: "mandate", Title: "role", Parent: "organization", Write: FieldStaff, Delete: FieldStaff,
	Label: label("Cargo o mandato", "Role or mandate", "Cargo ou mandato", "Fonction ou mandat"), Plural: label("Mandatos", "Mandates", "Mandatos", "Mandats"),
	Fields: []Field{
		reference(10, "organization", "organization", label("Organización", "Organization", "Organização", "Organisation")),
		reference(11, "contact", "contact", label("Contacto", "Contact", "Contato", "Contact")).required().fixed(),
		field(12, "body", Text, label("Órgano", "Body", "Órgão", "Organe")),
		field(13, "role", Text, label("Cargo", "Role", "Cargo", "Fonction")).required().grid(),
		field(14, "valid_from", Date, label("Desde", "From", "Desde", "Depuis")).grid(),
		field(15, "valid_to", Date, label("Hasta", "To", "Até", "Jusqu’à")).grid(),
	},
	Checks: []Check{ordered("valid_from", "valid_to")},
}

var verification = Collection{
	Number: 10, Name: "verification", Title: "outcome", Parent: "organization", AppendOnly: true, Write: FieldStaff, Delete: FieldStaff,
	Label:  label("Verificación", "Verification", "Verificação", "Vérification"),
	Plural: label("Verificaciones", "Verifications", "Verificações", "Vérifications"),
	Fields: []Field{
		reference(10, "organization", "organization", label("Organización", "Organization", "Organização", "Organisation")).required(),
		choice(11, "field_group", label("Qué se verificó", "What was verified", "O que foi verificado", "Ce qui a été vérifié"),
			upkeepOptions...).required(),
		choice(12, "outcome", label("Resultado", "Outcome", "Resultado", "Résultat"),
			option("confirmed", label("Sigue igual", "Still correct", "Continua igual", "Toujours exact")),
			option("changed", label("Cambió", "Changed", "Mudou", "A changé")),
			option("unreachable", label("No se pudo contactar", "Unreachable", "Não foi possível contatar", "Injoignable"))).required(),
		choice(13, "method", label("Medio", "Method", "Meio", "Moyen"),
			option("call", label("Llamada", "Call", "Ligação", "Appel")), option("visit", label("Visita", "Visit", "Visita", "Visite")),
			option("message", label("Mensaje", "Message", "Mensagem", "Message")), option("document", label("Documento", "Document", "Documento", "Document"))),
		field(14, "date", Date, label("Fecha", "Date", "Data", "Date")).required(),
		field(15, "by", Text, label("Por", "By", "Por", "Par")),
		field(16, "notes", LongText, label("Notas", "Notes", "Notas", "Notes")),
	},
}

var interaction = Collection{
	Number: 11, Name: "interaction", Title: "subject", Parent: "organization", Write: FieldStaff, Delete: FieldStaff,
	Label:  label("Visita o contacto", "Visit or contact", "Visita ou contato", "Visite ou échange"),
	Plural: label("Visitas", "Visits", "Visitas", "Visites"),
	Fields: []Field{
		reference(10, "organization", "organization", label("Organización", "Organization", "Organização", "Organisation")),
		choice(11, "kind", label("Clase", "Kind", "Tipo", "Genre"),
			option("visit", label("Visita", "Visit", "Visita", "Visite")), option("call", label("Llamada", "Call", "Ligação", "Appel")),
			option("meeting", label("Reunión", "Meeting", "Reunião", "Réunion")), option("other", label("Otro", "Other", "Outro", "Autre"))).required().grid(),
		field(12, "date", Date, label("Fecha", "Date", "Data", "Date")).required().grid().indexed(),
		field(13, "subject", Text, label("Asunto", "Subject", "Assunto", "Objet")).searched().grid(),
		field(14, "participants", Texts, label("Participantes", "Participants", "Participantes", "Participants")).sensitive(),
		field(15, "notes", LongText, label("Notas", "Notes", "Notas", "Notes")).searched(),
		field(16, "follow_up", Text, label("Seguimiento", "Follow-up", "Acompanhamento", "Suivi")),
		field(17, "follow_up_by", Date, label("Seguimiento hasta", "Follow up by", "Acompanhar até", "Suivre avant le")),
	},
}

var focalPoint = Collection{
	Number: 12, Name: "focal_point", Title: "product", Write: FieldStaff, Delete: Coordinator, Identity: []string{"product"},
	Label:  label("Punto focal", "Focal point", "Ponto focal", "Point focal"),
	Plural: label("Puntos focales", "Focal points", "Pontos focais", "Points focaux"),
	Fields: []Field{
		choice(10, "product", label("Producto", "Product", "Produto", "Produit"), productOptions...).required().fixed().grid(),
		reference(11, "contact", "contact", label("Contacto", "Contact", "Contato", "Contact")).grid(),
		reference(12, "organization", "organization", label("Organización", "Organization", "Organização", "Organisation")).grid(),
		field(13, "notes", LongText, label("Notas", "Notes", "Notas", "Notes")),
	},
}

var savedView = Collection{
	Number: 13, Name: "saved_view", Title: "name", Write: FieldStaff, Delete: FieldStaff,
	Label:  label("Vista guardada", "Saved view", "Vista salva", "Vue enregistrée"),
	Plural: label("Vistas guardadas", "Saved views", "Vistas salvas", "Vues enregistrées"),
	Fields: []Field{
		field(10, "name", Text, label("Nombre", "Name", "Nome", "Nom")).required().grid(),
		field(11, "collection", Text, label("Tipo de registro", "Kind of record", "Tipo de registro", "Type de fiche")).required().fixed().grid(),
		field(12, "definition", JSON, label("Definición", "Definition", "Definição", "Définition")).required(),
		field(13, "shared", Boolean, label("Compartida", "Shared", "Compartilhada", "Partagée")),
		field(14, "owner", Text, label("De", "Owner", "De", "De")).fixed(),
	},
}

var tag = Collection{
	Number: 14, Name: "tag", Title: "name", Write: FieldStaff, Delete: Coordinator, Identity: []string{"name"},
	Label: label("Etiqueta", "Tag", "Etiqueta", "Étiquette"), Plural: label("Etiquetas", "Tags", "Etiquetas", "Étiquettes"),
	Fields: []Field{
		field(10, "name", Text, label("Nombre", "Name", "Nome", "Nom")).required().fixed().grid(),
		field(11, "color", Text, label("Color", "Color", "Cor", "Couleur")),
		field(12, "description", Text, label("Descripción", "Description", "Descrição", "Description")),
	},
}
