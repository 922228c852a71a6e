package schema

// Collections that the server writes, or keeps to itself.

var conflict = Collection{
	Number: 20, Name: "conflict", Title: "field", ServerOwned: true, Write: FieldStaff, Delete: Nobody,
	Editable: []string{"status", "resolution", "resolved_value"},
	Label:    label("Conflicto", "Conflict", "Conflito", "Conflit"), Plural: label("Conflictos", "Conflicts", "Conflitos", "Conflits"),
	Fields: []Field{
		field(10, "collection", Text, label("Tipo de registro", "Kind of record", "Tipo de registro", "Type de fiche")).required().fixed().system(),
		field(11, "record", Text, label("Registro", "Record", "Registro", "Fiche")).required().fixed().indexed().system(),
		field(12, "field", Text, label("Campo", "Field", "Campo", "Champ")).required().fixed().system(),
		choice(13, "kind", label("Clase", "Kind", "Tipo", "Genre"),
			option("edit", label("Dos ediciones", "Two edits", "Duas edições", "Deux modifications")),
			option("delete", label("Edición y borrado", "Edit and delete", "Edição e exclusão", "Modification et suppression"))).fixed().system(),
		field(14, "base_value", JSON, label("Antes", "Before", "Antes", "Avant")).sensitive().system(),
		field(15, "kept_value", JSON, label("Vigente", "Kept", "Mantido", "Conservé")).sensitive().system(),
		field(16, "lost_value", JSON, label("El otro", "The other", "O outro", "L’autre")).sensitive().system(),
		field(17, "kept_device", Integer, label("Equipo (vigente)", "Device (kept)", "Equipamento (mantido)", "Appareil (conservé)")).system(),
		field(18, "lost_device", Integer, label("Equipo (el otro)", "Device (the other)", "Equipamento (o outro)", "Appareil (l’autre)")).system(),
		field(19, "kept_by", Text, label("Por (vigente)", "By (kept)", "Por (mantido)", "Par (conservé)")).system(),
		field(20, "lost_by", Text, label("Por (el otro)", "By (the other)", "Por (o outro)", "Par (l’autre)")).system(),
		field(21, "kept_at", Instant, label("Cuándo (vigente)", "When (kept)", "Quando (mantido)", "Quand (conservé)")).system(),
		field(22, "lost_at", Instant, label("Cuándo (el otro)", "When (the other)", "Quando (o outro)", "Quand (l’autre)")).system(),
		field(23, "must_review", Boolean, label("Hay que revisarlo", "Must be reviewed", "Deve ser revisado", "À vérifier")).system(),
		choice(24, "status", label("Estado", "Status", "Estado", "État"),
			option("open", label("Abierto", "Open", "Aberto", "Ouvert")),
			option("resolved", label("Resuelto", "Resolved", "Resolvido", "Résolu"))).required().indexed(),
		choice(25, "resolution", label("Decisión", "Resolution", "Decisão", "Décision"),
			option("kept", label("Se mantiene el vigente", "Keep the current one", "Manter o vigente", "Garder l’actuel")),
			option("lost", label("Vale el otro", "Take the other", "Vale o outro", "Prendre l’autre")),
			option("other", label("Otro valor", "Another value", "Outro valor", "Autre valeur"))),
		field(26, "resolved_value", JSON, label("Valor elegido", "Chosen value", "Valor escolhido", "Valeur choisie")).sensitive(),
	},
}

// proposal is an edit that a laptop could not send any more, because its access was withdrawn, and handed in instead. The
// office accepts it, which applies it, or dismisses it.
var proposal = Collection{
	Number: 40, Name: "proposal", Title: "title", ServerOwned: true, Sensitive: true, Write: Office, Delete: Nobody,
	Editable: []string{"status"},
	Label:    label("Propuesta", "Proposal", "Proposta", "Proposition"), Plural: label("Propuestas", "Proposals", "Propostas", "Propositions"),
	Fields: []Field{
		field(10, "collection", Text, label("Tipo de registro", "Kind of record", "Tipo de registro", "Type de fiche")).required().fixed().system(),
		field(11, "record", Text, label("Registro", "Record", "Registro", "Fiche")).required().fixed().indexed().system(),
		field(12, "title", Text, label("Nombre", "Name", "Nome", "Nom")).system(),
		choice(13, "kind", label("Clase", "Kind", "Tipo", "Genre"),
			option("create", label("Creación", "Creation", "Criação", "Création")),
			option("update", label("Cambio", "Change", "Alteração", "Modification")),
			option("delete", label("Borrado", "Deletion", "Exclusão", "Suppression"))).required().fixed().system(),
		field(14, "changes", JSON, label("Cambios", "Changes", "Alterações", "Modifications")).fixed().system().long(400_000),
		field(15, "edited_at", Instant, label("Cuándo se escribió", "When it was written", "Quando foi escrito", "Quand c’était écrit")).fixed().system(),
		field(16, "by", Text, label("De", "By", "Por", "Par")).fixed().system(),
		field(17, "by_device", Text, label("Equipo", "Device", "Equipamento", "Appareil")).fixed().system(),
		field(18, "device", Integer, label("Número del equipo", "Device number", "Número do equipamento", "Numéro de l’appareil")).fixed().system(),
		choice(19, "reason", label("Motivo", "Reason", "Motivo", "Motif"),
			option("network", label("Ya no trabaja en la red", "No longer works in the network", "Não trabalha mais na rede", "Ne travaille plus dans le réseau")),
			option("person", label("Cuenta cerrada", "Account closed", "Conta encerrada", "Compte fermé")),
			option("device", label("Equipo retirado", "Device withdrawn", "Equipamento retirado", "Appareil retiré")),
			option("wipe", label("Equipo borrado", "Device wiped", "Equipamento apagado", "Appareil effacé")),
			option("deletions", label("Muchas eliminaciones en un día", "Many deletions in a day", "Muitas exclusões em um dia", "Beaucoup de suppressions en un jour"))).fixed().system(),
		field(20, "group", Text, label("Grupo", "Group", "Grupo", "Groupe")).fixed().system().indexed(),
		choice(21, "status", label("Estado", "Status", "Estado", "État"),
			option("open", label("Abierta", "Open", "Aberta", "Ouverte")),
			option("accepted", label("Aceptada", "Accepted", "Aceita", "Acceptée")),
			option("dismissed", label("Descartada", "Dismissed", "Descartada", "Écartée")),
			option("withdrawn", label("Retirada", "Withdrawn", "Retirada", "Retirée"))).required().indexed(),
		field(22, "position", Integer, label("Orden en el grupo", "Order in the group", "Ordem no grupo", "Ordre dans le groupe")).fixed().system(),
		field(23, "person", Text, label("Id de la persona", "Person’s id", "Id da pessoa", "Id de la personne")).fixed().system(),
	},
}

var importBatch = Collection{
	Number: 21, Name: "import_batch", Title: "file", Write: FieldStaff, Delete: Nobody,
	Label:  label("Importación", "Import", "Importação", "Importation"),
	Plural: label("Importaciones", "Imports", "Importações", "Importations"),
	Fields: []Field{
		field(10, "file", Text, label("Archivo", "File", "Arquivo", "Fichier")).required().fixed().grid(),
		field(11, "collection", Text, label("Tipo de registro", "Kind of record", "Tipo de registro", "Type de fiche")).required().fixed(),
		field(12, "rows", Integer, label("Filas", "Rows", "Linhas", "Lignes")).whole().grid(),
		field(13, "added", Integer, label("Añadidos", "Added", "Adicionados", "Ajoutés")).whole().grid(),
		field(14, "updated", Integer, label("Actualizados", "Updated", "Atualizados", "Mis à jour")).whole().grid(),
		field(15, "skipped", Integer, label("Omitidos", "Skipped", "Omitidos", "Ignorés")).whole().grid(),
		choice(16, "status", label("Estado", "Status", "Estado", "État"),
			option("done", label("Hecha", "Done", "Concluída", "Terminée")),
			option("undone", label("Deshecha", "Undone", "Desfeita", "Annulée"))).required().ladder(),
		field(17, "mapping", JSON, label("Mapeo", "Mapping", "Mapeamento", "Correspondance")),
	},
}

var roleOptions = []Option{
	option(string(Viewer), label("Lectura", "Viewer", "Leitura", "Lecture")),
	option(string(FieldStaff), label("Campo", "Field staff", "Campo", "Terrain")),
	option(string(Coordinator), label("Coordinación", "Coordinator", "Coordenação", "Coordination")),
	option(string(Office), label("Oficina central", "Central office", "Escritório central", "Bureau central")),
	option(string(Admin), label("Administración", "Administrator", "Administração", "Administration")),
}

var user = Collection{
	Number: 22, Name: "user", Title: "name", ServerOwned: true, Unsynced: true, Sensitive: true, Write: Admin, Delete: Admin,
	Label: label("Persona", "Person", "Pessoa", "Personne"), Plural: label("Personas", "People", "Pessoas", "Personnes"),
	Fields: []Field{
		field(10, "email", Text, label("Correo electrónico", "E-mail", "E-mail", "Courriel")).required().fixed().grid(),
		field(11, "name", Text, label("Nombre", "Name", "Nome", "Nom")).grid(),
		choice(12, "role", label("Rol", "Role", "Papel", "Rôle"), roleOptions...).required().grid(),
		field(13, "networks", Texts, label("Redes", "Networks", "Redes", "Réseaux")).grid(),
		field(14, "active", Boolean, label("Activa", "Active", "Ativa", "Active")).grid(),
	},
}

var device = Collection{
	Number: 23, Name: "device", Title: "name", ServerOwned: true, Unsynced: true, Write: Admin, Delete: Admin,
	Label: label("Equipo", "Device", "Equipamento", "Appareil"), Plural: label("Equipos", "Devices", "Equipamentos", "Appareils"),
	Fields: []Field{
		field(10, "name", Text, label("Nombre", "Name", "Nome", "Nom")).required().grid(),
		field(11, "user", Text, label("Persona", "Person", "Pessoa", "Personne")).grid(),
		field(12, "version", Text, label("Versión", "Version", "Versão", "Version")).grid(),
		field(13, "last_seen", Instant, label("Visto por última vez", "Last seen", "Visto pela última vez", "Vu pour la dernière fois")).grid(),
		field(14, "pending", Integer, label("Por enviar", "To send", "A enviar", "À envoyer")).grid(),
		field(15, "revoked", Boolean, label("Retirado", "Revoked", "Revogado", "Révoqué")).grid(),
		field(16, "online", Boolean, label("Conectado", "Online", "Conectado", "En ligne")).grid(),
		field(17, "number", Integer, label("Número", "Number", "Número", "Numéro")),
	},
}
